// Debian's package, as cpack makes it. tests/install/run installs it on another machine.
#include <string_view>

#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

TEST_CASE_METHOD(ShellTest, "cpack makes one package with all files and what they need",
                 "[integration][package]") {
  for (const char* program : {"dpkg-deb", "dpkg-shlibdeps", "file"}) needs_program(program);
  if (!std::string_view(LOCALFN_TEST_PYTHON).starts_with("/usr/bin/")) {
    throw std::runtime_error("TEST LEFT OUT: no package brings " LOCALFN_TEST_PYTHON);
  }
  REQUIRE(shell("exec \"$1\" --config \"$2/CPackConfig.cmake\" -G DEB -B \"$PWD/made\"",
                {LOCALFN_CPACK, LOCALFN_BUILD_DIR}) == 0);
  REQUIRE(shell("set -- made/*.deb; echo $#; dpkg-deb -f \"$1\"") == 0);
  INFO(out());
  CHECK_THAT(out(), StartsWith("1\n"));
  CHECK_THAT(out(), ContainsSubstring("\nPackage: localfn\n"));
  CHECK_THAT(out(), ContainsSubstring("\nVersion: " LOCALFN_TEST_VERSION "-1\n"));
  for (const char* needed : {" python" LOCALFN_TEST_PYTHON_VERSION,
                             " libpython" LOCALFN_TEST_PYTHON_VERSION, " libc6 ", " libssl3"}) {
    CHECK_THAT(out(), ContainsSubstring(needed));
  }

  REQUIRE(shell("dpkg-deb -c made/*.deb") == 0);
  for (const char* file :
       {"./usr/bin/localfn\n", "./usr/libexec/localfn/localfn-worker-" LOCALFN_TEST_PYTHON_VERSION,
        "./usr/share/man/man1/localfn.1.gz", "./usr/share/bash-completion/completions/localfn",
        "./usr/share/zsh/vendor-completions/_localfn",
        "./usr/share/fish/vendor_completions.d/localfn.fish",
        "./usr/share/doc/localfn/copyright"}) {
    CHECK_THAT(out(), ContainsSubstring(file));
  }
  CHECK_THAT(out(), !ContainsSubstring("site-functions"));
}
