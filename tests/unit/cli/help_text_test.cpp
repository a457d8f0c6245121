// The texts of --help taken apart, and what is made of them.
#include "runtime/cli/help_text.h"

#include <algorithm>

#include "runtime/base/errors.h"
#include "runtime/cli/completion.h"
#include "runtime/cli/manual.h"
#include "runtime/cli/options.h"
#include "tests/support/catch.h"

namespace localfn::cli {
namespace {

constexpr const char* kText = R"(usage: localfn plant [DIR] [FILE...] [options]

Plants trees. It takes
some lines to say so.

  -t, --tree KIND         oak or elm                  [oak]
      --deep              to the depth of a spade,
                          or of two
      --tap, --json       the report in this form
      --season spring|autumn
                          when
Like this:

    localfn-plant --deep
      .and so on
)";

HelpItem option_of(const HelpPage& page, const std::string& name) {
  for (const HelpItem& option : page.options()) {
    if (std::count(option.names.begin(), option.names.end(), name) > 0) return option;
  }
  FAIL("no option " << name);
  return {};
}

/// What the command line says to `localfn COMMAND OPTION` with a value where one belongs.
std::string complaint(const std::string& command, const std::string& option, const HelpItem& item) {
  std::vector<std::string> words{"localfn", command, option};
  if (!item.value.empty()) {
    words.push_back(kind_of(item.value) == ValueKind::Choice ? choices_of(item.value)[0] : "1");
  }
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  try {
    parse_command_line(static_cast<int>(pointers.size()), pointers.data());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a help's form, paragraphs, options and examples are told apart", "[help]") {
  const HelpPage page = read_help("plant", kText);
  CHECK(page.synopsis == "localfn plant [DIR] [FILE...] [options]");
  CHECK(page.arguments() == std::vector<std::string>{"[DIR]", "[FILE...]"});
  REQUIRE(page.blocks.size() == 4);
  CHECK(page.blocks[0].text == "Plants trees. It takes some lines to say so.");
  CHECK(page.blocks[1].items.size() == 4);
  CHECK(page.blocks[2].text == "Like this:");
  CHECK(page.blocks[3].text == "    localfn-plant --deep\n      .and so on\n");
}

TEST_CASE("an option's names, value and text are read from its line and those below", "[help]") {
  const HelpPage page = read_help("plant", kText);
  CHECK(option_of(page, "-t").names == std::vector<std::string>{"-t", "--tree"});
  CHECK(option_of(page, "-t").value == "KIND");
  CHECK(option_of(page, "-t").text == "oak or elm [oak]");
  CHECK(option_of(page, "--deep").value.empty());
  CHECK(option_of(page, "--deep").text == "to the depth of a spade, or of two");
  CHECK(option_of(page, "--json").names == std::vector<std::string>{"--tap", "--json"});
  CHECK(option_of(page, "--season").text == "when");
  CHECK(choices_of(option_of(page, "--season").value) ==
        std::vector<std::string>{"spring", "autumn"});
}

TEST_CASE("every command of the help has a help of its own", "[help]") {
  const auto pages = command_pages();
  CHECK(pages.size() >= 5);
  for (const CommandPage& command : pages) {
    INFO(command.name);
    CHECK_THAT(command.page.synopsis, StartsWith("localfn " + command.name));
    CHECK_FALSE(command.summary.empty());
    CHECK_FALSE(command.page.blocks.empty());
  }
}

TEST_CASE("the command line knows every option that the help names", "[help]") {
  for (const CommandPage& command : command_pages()) {
    CHECK_FALSE(command.page.options().empty());
    for (const HelpItem& item : command.page.options()) {
      for (const std::string& name : item.names) {
        INFO("localfn " << command.name << " " << name);
        CHECK_THAT(complaint(command.name, name, item), !ContainsSubstring("unknown option"));
      }
    }
  }
}

TEST_CASE("every option of the help says what it does", "[help]") {
  for (const CommandPage& command : command_pages()) {
    for (const HelpItem& item : command.page.options()) {
      INFO(command.name << " " << item.names.front());
      CHECK(item.text.size() > 3);
    }
  }
}

TEST_CASE("the manual page names each command and each option", "[help][manual]") {
  const std::string page = manual("9.8.7");
  CHECK_THAT(page, ContainsSubstring("\"localfn 9.8.7\""));
  for (const CommandPage& command : command_pages()) {
    CHECK_THAT(page, ContainsSubstring(".SS \\fBlocalfn\\fR \\fB" + command.name + "\\fR"));
  }
  CHECK_THAT(page, ContainsSubstring("\\fB\\-l\\fR, \\fB\\-\\-listen\\fR \\fIADDR\\fR\n"));
}

TEST_CASE("a completion is made for three shells, and for no other", "[help][completion]") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    for (const CommandPage& command : command_pages()) {
      INFO(shell << " " << command.name);
      CHECK_THAT(completion(shell), ContainsSubstring(command.name));
    }
  }
  CHECK_THROWS_AS(completion("csh"), UsageError);
  CHECK_THROWS_AS(completion(""), UsageError);
}

TEST_CASE("a misspelt option is answered with one of that command", "[help][cli]") {
  const HelpItem flag;
  CHECK_THAT(complaint("routes", "--explian", flag), ContainsSubstring("did you mean --explain?"));
  CHECK_THAT(complaint("dev", "--explain", flag), !ContainsSubstring("did you mean --explain?"));
}

}  // namespace localfn::cli
