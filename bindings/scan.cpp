#include "bindings/scan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "bindings/embedded.h"
#include "runtime/base/errors.h"
#include "runtime/base/fd.h"

namespace py = pybind11;

namespace localfn {
namespace {

// A function's source; more than this is data that happens to be called .py.
constexpr off_t kLargestSource = 8 << 20;

wire::Entry unreadable(std::string reason) {
  wire::Entry entry;
  entry.unreadable = true;
  entry.reason = std::move(reason);
  return entry;
}

// Returns why the file cannot be read; empty when `source` holds all of it.
std::string read_source(const std::string& path, std::string& source) {
  if (path.find('\0') != std::string::npos) return "cannot read the file: its name has a zero byte";
  // O_NONBLOCK: opening a FIFO must not hang the zygote.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fmt::format("cannot read the file: {}", errno_text(errno));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) {
    return fmt::format("cannot read the file: {}", errno_text(errno));
  }
  if (!S_ISREG(facts.st_mode)) return "cannot read the file: it is not a regular file";
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fmt::format("cannot read the file: {}", errno_text(errno));
    if (got == 0) return {};
    source.append(buffer, static_cast<std::size_t>(got));
    if (source.size() > static_cast<std::size_t>(kLargestSource)) {
      return fmt::format("cannot read the file: it has more than {} MB", kLargestSource >> 20);
    }
  }
}

wire::Entry parse(const std::string& source) {
  const py::tuple found = embedded("scan", "scan")(py::bytes(source));
  wire::Entry entry;
  entry.found = found[0].cast<bool>();
  entry.variable = found[1].cast<std::string>();
  entry.line = found[2].cast<std::uint32_t>();
  entry.reason = found[3].cast<std::string>();
  entry.syntax_error = found[4].cast<bool>();
  entry.imports = found[5].cast<std::vector<std::string>>();
  entry.facts = embedded("scan", "facts")(py::bytes(source))
                    .cast<std::vector<std::pair<std::string, std::string>>>();
  return entry;
}

void observe(const std::string& source, wire::Entry& entry) {
  using Row = std::tuple<std::string, std::string, std::uint32_t, std::uint32_t>;
  const auto rows = embedded("observe", "observations")(
                        py::bytes(source), embedded("paths", "Paths"),
                        embedded("ignores", "ignores"), embedded("scan", "standard_modules")(),
                        embedded("endless", "Endless"))
                        .cast<std::vector<Row>>();
  for (const auto& [kind, text, line, column] : rows) {
    entry.observations.push_back({kind, text, line, column});
  }
}

wire::Entry look_at(const std::string& path, bool closely) noexcept {
  try {
    std::string source;
    if (auto reason = read_source(path, source); !reason.empty()) {
      return unreadable(std::move(reason));
    }
    wire::Entry entry = parse(source);
    if (closely) observe(source, entry);
    return entry;
  } catch (const std::exception& error) {
    // Not a property of the file that we know of: say so rather than call it a non-function.
    return unreadable(fmt::format("cannot be parsed: {}", error.what()));
  }
}

}  // namespace

wire::Entry scan_file(const std::string& path) noexcept { return look_at(path, false); }

wire::Entry inspect_file(const std::string& path) noexcept { return look_at(path, true); }

}  // namespace localfn
