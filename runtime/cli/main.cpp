// localfn: picks the command, turns errors into exit codes.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "runtime/base/errors.h"
#include "runtime/cli/check.h"
#include "runtime/cli/completion.h"
#include "runtime/cli/dev.h"
#include "runtime/cli/init.h"
#include "runtime/cli/invoke.h"
#include "runtime/cli/manual.h"
#include "runtime/cli/options.h"
#include "runtime/cli/routes.h"
#include "runtime/cli/test.h"
#include "runtime/cli/usage.h"
#include "runtime/cli/version.h"

namespace {

// 0 clean, 1 failure at run time, 2 usage or configuration, 128 + n ended by signal n.
constexpr int kRuntimeFailure = 1;
constexpr int kUsageError = 2;

int run(int argc, const char* const* argv) {
  using namespace localfn::cli;
  const CommandLine line = parse_command_line(argc, argv);
  switch (line.command) {
    case Command::Help: fmt::print("{}", usage(line.help_on)); return 0;
    case Command::Manual: fmt::print("{}", manual(version_number())); return 0;
    case Command::Completion: fmt::print("{}", completion(line.shell)); return 0;
    case Command::Version: fmt::print("{}\n", version_text()); return 0;
    case Command::SourceHash: fmt::print("{}\n", source_hash()); return 0;
    case Command::Dev: return run_dev(line.dev);
    case Command::Invoke: return run_invoke(line.invoke);
    case Command::Test: return run_test(line.test);
    case Command::Check: return run_check(line.check);
    case Command::Routes: return run_routes(line.routes);
    case Command::Init: return run_init(line.init);
  }
  return kRuntimeFailure;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const localfn::UsageError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUsageError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kRuntimeFailure;
  }
}
