#include "runtime/packages/toml.h"

#include <string>

#include "tests/support/catch.h"

using namespace localfn::packages;

TEST_CASE("tables, strings and arrays of TOML are read in all their forms", "[packages][toml]") {
  const auto root = read_toml(R"(# a comment
title = "a \"b\" \u00e9\t" # behind
literal = 'C:\new'
number = 1_000
[project]
dependencies = [
  "flask>=3", # one
  'requests',
]
urls."Home page" = "x"
[tool.poetry.dependencies]
python = "^3.11"
yaml = { version = "6", extras = ["a", "b"] }
[[items]]
name = "first"
[[items]]
name = "second"
text = """
two
lines"""
joined = """a \
   b"""
)");
  REQUIRE(root);
  CHECK(root->find("title")->text == "a \"b\" \xc3\xa9\t");
  CHECK(root->find("literal")->text == "C:\\new");
  CHECK(root->find("number")->text == "1_000");
  const TomlValue* listed = root->find("project", "dependencies");
  REQUIRE(listed != nullptr);
  REQUIRE(listed->items.size() == 2);
  CHECK(listed->items[0].text == "flask>=3");
  CHECK(listed->items[1].text == "requests");
  CHECK(root->find("project", "urls", "Home page")->text == "x");
  CHECK(root->find("tool", "poetry", "dependencies")->members.size() == 2);
  CHECK(root->find("tool", "poetry", "dependencies", "yaml")->find("version")->text == "6");
  REQUIRE(root->find("items")->items.size() == 2);
  const TomlValue& second = root->find("items")->items[1];
  CHECK(second.find("name")->text == "second");
  CHECK(second.find("text")->text == "two\nlines");
  CHECK(second.find("joined")->text == "a b");
  CHECK(root->find("project", "nothing") == nullptr);
  CHECK(root->find("title", "inner") == nullptr);
}

TEST_CASE("what is not TOML is refused, however it is broken", "[packages][toml]") {
  const std::string deep(100'000, '[');
  for (const std::string& text :
       {std::string("a"), std::string("a ="), std::string("a = ["), std::string("a = \"x"),
        std::string("[a"), std::string("[[a]"), std::string("a = 'x\ny'"), std::string("a = {b = 1"),
        std::string("a = \"\\u12\""), std::string("a = \"\\q\""), std::string("a = 1 2\nb = \"x\" y"),
        std::string("a = 'x'\n[a]\nb = 1"), std::string("a = ['x' 'y']"), "a = " + deep}) {
    INFO(text.substr(0, 40));
    CHECK_FALSE(read_toml(text));
  }
  CHECK(read_toml(""));
  CHECK(read_toml("\r\n# only this\r\na = 'x'\r\n")->find("a")->text == "x");
}
