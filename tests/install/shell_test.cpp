#include "tests/install/shell_test.h"

#include <stdexcept>

#include "runtime/base/clock.h"

namespace localfn::test {

int ShellTest::shell(const std::string& script, std::vector<std::string> arguments,
                     EnvironmentList environment) {
  arguments.insert(arguments.begin(), {"--noprofile", "--norc", "-c", script, "test"});
  environment.emplace_back("HOME", home_.path().string());
  RunningLocalfn program(
      Launch{std::move(arguments), project.root(), temp(), std::move(environment), "/bin/bash"});
  const int status = program.await_exit(Deadline::after(std::chrono::seconds(150)));
  out_ = program.output(Stream::Out);
  messages_ = program.output(Stream::Err);
  return exit_code(status);
}

int ShellTest::localfn(std::vector<std::string> arguments) {
  return shell("exec " LOCALFN_BINARY " \"$@\"", std::move(arguments));
}

void ShellTest::needs_program(const std::string& name) {
  if (shell("command -v \"$1\"", {name}) == 0) return;
  throw std::runtime_error("TEST LEFT OUT: no " + name + " here");
}

}  // namespace localfn::test
