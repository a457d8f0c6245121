#include "bindings/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "bindings/zygote.h"

namespace localfn {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

std::optional<int> descriptor(std::string_view text) {
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fd < 0) return std::nullopt;
  return fd;
}

int run(int argc, char** argv, const Adapters& adapters) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (argc == 2 && command == "--version") {
    fmt::print("localfn-worker {} (Python {}, {})\n", LOCALFN_VERSION, PY_VERSION,
               LOCALFN_PYTHON_EXECUTABLE);
    return 0;
  }
  const auto control = argc == 3 && command == "--control" ? descriptor(argv[2]) : std::nullopt;
  if (control) return run_zygote(*control, adapters);
  fmt::print(stderr,
             "usage: {} --control FD | --version\n"
             "This program is started by localfn and is of no use by itself.\n",
             argc > 0 ? argv[0] : "localfn-worker");
  return kExitUsage;
}

}  // namespace

void worker_main(int argc, char** argv, const Adapters& adapters) noexcept {
  int status = kExitFailure;
  try {
    status = run(argc, argv, adapters);
  } catch (const std::exception& error) {
    fmt::print(stderr, "localfn-worker: {}\n", error.what());
  }
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace localfn
