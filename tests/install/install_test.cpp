// `cmake --install` into a folder of its own, and the localfn that lies there.
#include <filesystem>

#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

namespace fs = std::filesystem;

class InstallTest : protected ShellTest {
 protected:
  const fs::path& prefix() const { return prefix_.path(); }

  void install_into(const fs::path& folder) {
    REQUIRE(shell("exec \"$1\" --install \"$2\" --prefix \"$3\" --strip",
                  {LOCALFN_CMAKE, LOCALFN_BUILD_DIR, folder.string()}) == 0);
  }

 private:
  TempFolder prefix_;
};

}  // namespace

TEST_CASE_METHOD(InstallTest, "an installed localfn works from any folder and may be moved",
                 "[integration][install]") {
  install_into(prefix() / "first");
  fs::rename(prefix() / "first", prefix() / "second");
  const std::string localfn = (prefix() / "second/bin/localfn").string();
  project.write("api/hello.py", handler_answering("hello"));

  CHECK(shell("cd / && exec \"$1\" --version", {localfn}) == 0);
  CHECK_THAT(out(), StartsWith("localfn " LOCALFN_TEST_VERSION));
  CHECK_THAT(out(), ContainsSubstring("Python " LOCALFN_TEST_PYTHON_VERSION));
  CHECK(shell("cd / && exec \"$1\" invoke /api/hello --dir \"$2\"",
              {localfn, project.root().string()}) == 0);
  CHECK(out() == "hello");
  // Through a link, as people put programs into ~/bin.
  CHECK(shell("ln -s \"$1\" lf && exec ./lf invoke /api/hello", {localfn}) == 0);
  CHECK(out() == "hello");
}

TEST_CASE_METHOD(InstallTest, "an installation has each file at its place and no other program",
                 "[integration][install]") {
  install_into(prefix());
  for (const char* file :
       {"libexec/localfn/localfn-worker-" LOCALFN_TEST_PYTHON_VERSION,
        "share/man/man1/localfn.1.gz", "share/bash-completion/completions/localfn",
        "share/zsh/site-functions/_localfn", "share/fish/vendor_completions.d/localfn.fish",
        "share/doc/localfn/LICENSE"}) {
    INFO(file);
    CHECK(fs::is_regular_file(prefix() / file));
  }
  CHECK(shell("ls \"$1\"", {(prefix() / "bin").string()}) == 0);
  CHECK(out() == "localfn\n");
}

TEST_CASE_METHOD(InstallTest, "a localfn without its worker says where it belongs",
                 "[integration][install]") {
  fs::create_directories(prefix() / "bin");
  fs::copy(LOCALFN_BINARY, prefix() / "bin/localfn");
  CHECK(shell("exec \"$1\" --version", {(prefix() / "bin/localfn").string()}) == 1);
  CHECK_THAT(messages(), ContainsSubstring("localfn-worker-" LOCALFN_TEST_PYTHON_VERSION) &&
                             ContainsSubstring((prefix() / "libexec/localfn").string()));
}

TEST_CASE_METHOD(InstallTest, "the manual page is without a fault for its formatter",
                 "[integration][install]") {
  needs_program("groff");
  CHECK(shell("zcat \"$1\" | groff -man -ww -K utf8 -T utf8 -b",
              {LOCALFN_BUILD_DIR "/documents/localfn.1.gz"}) == 0);
  CHECK(messages().empty());
  CHECK_THAT(out(), ContainsSubstring("localfn " LOCALFN_TEST_VERSION) &&
                        ContainsSubstring("what the function is"));
}

TEST_CASE_METHOD(InstallTest, "the option --version tells libraries and sources",
                 "[integration][install]") {
  REQUIRE(localfn({"--version"}) == 0);
  for (const char* library :
       {"cpp-httplib ", "nlohmann-json ", "PCRE2 ", "OpenSSL ", "pybind11 "}) {
    const auto at = out().find(library);
    INFO(library);
    REQUIRE(at != std::string::npos);
    CHECK(std::isdigit(static_cast<unsigned char>(out()[at + std::string(library).size()])) != 0);
  }
  CHECK_THAT(out(), ContainsSubstring("\nsources: "));
}
