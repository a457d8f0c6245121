// The completions, asked as the shells ask them.
#include "tests/install/shell_test.h"
#include "tests/support/catch.h"

using namespace localfn::test;

namespace {

class CompletionTest : protected ShellTest {
 protected:
  /// What bash offers for the last of these words.
  std::string bash_offers(const std::string& words) {
    REQUIRE(shell("source " LOCALFN_BUILD_DIR "/documents/localfn.bash\n"
                  "COMP_WORDS=(" +
                  words +
                  ")\n"
                  "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                  "_localfn\n"
                  "printf '%s\\n' \"${COMPREPLY[@]}\"") == 0);
    CHECK(messages().empty());
    return out();
  }
};

}  // namespace

TEST_CASE_METHOD(CompletionTest, "bash completes commands", "[integration][completion]") {
  CHECK(bash_offers("localfn ro") == "routes\n");
  CHECK_THAT(bash_offers("localfn ''"), ContainsSubstring("dev\ntest\n"));
  CHECK(bash_offers("localfn help in") == "invoke\ninit\n");
}

TEST_CASE_METHOD(CompletionTest, "bash completes the options of the command that was typed",
                 "[integration][completion]") {
  CHECK(bash_offers("localfn dev --max-") == "--max-instances\n--max-duration\n");
  CHECK(bash_offers("localfn routes --exp") == "--explain\n");
  CHECK(bash_offers("localfn routes --max-") == "\n");
}

TEST_CASE_METHOD(CompletionTest, "bash completes an option's value, behind a blank and behind =",
                 "[integration][completion]") {
  CHECK(bash_offers("localfn dev --log ''") == "text\njson\n");
  CHECK(bash_offers("localfn dev --log = j") == "json\n");
  CHECK(bash_offers("localfn dev --log =") == "text\njson\n");
  CHECK(bash_offers("localfn init --template f") == "flask\nfastapi\n");
  project.write("some.env", "");
  CHECK(bash_offers("localfn dev --env-file so") == "some.env\n");
}

TEST_CASE_METHOD(CompletionTest, "bash completes folders and files where the command takes them",
                 "[integration][completion]") {
  project.write("my project/probes.json", "{}");
  project.write("mine.json", "{}");
  CHECK(bash_offers("localfn dev m") == "my project\n");
  CHECK(bash_offers("localfn test mi") == "mine.json\n");
  CHECK(bash_offers("localfn invoke P") == "POST\nPUT\nPATCH\n");
}

TEST_CASE_METHOD(CompletionTest, "zsh reads its completion", "[integration][completion]") {
  needs_program("zsh");
  CHECK(shell("exec zsh -n " LOCALFN_BUILD_DIR "/documents/_localfn") == 0);
  CHECK(messages().empty());
}

TEST_CASE_METHOD(CompletionTest, "fish completes commands, options and values",
                 "[integration][completion]") {
  needs_program("fish");
  const auto offers = [&](const std::string& line) {
    REQUIRE(shell("exec fish -c 'source " LOCALFN_BUILD_DIR
                  "/documents/localfn.fish; complete -C $argv[1]' \"$1\"",
                  {line}) == 0);
    return out();
  };
  CHECK_THAT(offers("localfn ro"), StartsWith("routes\t"));
  CHECK_THAT(offers("localfn dev --max-i"), StartsWith("--max-instances\t"));
  CHECK_THAT(offers("localfn dev --log "), StartsWith("json\t") && ContainsSubstring("\ntext\t"));
}
