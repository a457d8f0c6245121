// The fixture of tests that run other programs than localfn: a shell in the test's project folder.
#pragma once

#include <string>
#include <vector>

#include "tests/support/integration_test.h"
#include "tests/support/temp_folder.h"

namespace localfn::test {

class ShellTest : protected IntegrationTest {
 protected:
  /// Runs a bash script in the project's folder with `arguments` as $1 and so on; returns its exit
  /// code. HOME is a folder where programs may leave what they like.
  int shell(const std::string& script, std::vector<std::string> arguments = {},
            EnvironmentList environment = {});

  /// Runs the localfn under test in the project's folder.
  int localfn(std::vector<std::string> arguments);

  /// What the last of them has written.
  std::string out() const { return out_; }
  std::string messages() const { return messages_; }

  /// Leaves the test out, as CTest shows it, where a program is missing.
  void needs_program(const std::string& name);

 private:
  TempFolder home_;
  std::string out_;
  std::string messages_;
};

}  // namespace localfn::test
