#include <string>

#include "runtime/project/glob.h"
#include "runtime/project/ignore.h"
#include "runtime/project/text.h"
#include "tests/support/catch.h"

using namespace localfn;

TEST_CASE("globs match as the platform's do") {
  struct Row { const char* pattern; const char* path; bool matches; };
  for (const Row& row : {Row{"api/*.py", "api/a.py", true}, {"api/*.py", "api/n/a.py", false},
                         {"api/**/*.py", "api/n/m/a.py", true}, {"api/**/*.py", "api/a.py", true},
                         {"api/**", "api/n/a.py", true}, {"**/*.py", "api/a.py", true},
                         {"api/[[]id].py", "api/[id].py", true}, {"api/[id].py", "api/i.py", true},
                         {"api/[id].py", "api/[id].py", false}, {"api/?.py", "api/a.py", true},
                         {"api/?.py", "api/ab.py", false}, {"api/{a,b}.py", "api/b.py", true},
                         {"api/{a,b}.py", "api/c.py", false}, {"api/{a,b/{c,d}}.py", "api/b/d.py", true},
                         {"api/{a.py", "api/{a.py", true}, {"api/[!a]*.py", "api/bcd.py", true},
                         {"api/[!a]*.py", "api/abc.py", false}, {"api/*", "api/.hidden", false},
                         {"api/.*", "api/.hidden", true}, {"api/**/x", "api/.d/x", false},
                         {"api/\\*.py", "api/*.py", true}, {"api/\\*.py", "api/a.py", false},
                         {"api/[a-", "api/[a-", true}, {"*", "a/b", false}, {"", "", true},
                         {"api/*x*y*.py", "api/axbyc.py", true}}) {
    INFO(row.pattern << " against " << row.path);
    CHECK(glob_matches(row.pattern, row.path) == row.matches);
  }
}

TEST_CASE("a hostile pattern is answered at once") {
  std::string stars, braces, text(200, 'a');
  for (int i = 0; i < 120; ++i) stars += "*a";
  for (int i = 0; i < 60; ++i) braces += "{a,b}";
  CHECK_FALSE(glob_matches(stars + "b", text));
  CHECK_FALSE(glob_matches(braces + "z", text));
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += "**/a/";
  std::string path;
  for (int i = 0; i < 100; ++i) path += "a/";
  CHECK_FALSE(glob_matches(deep + "b", path + "c"));
}

TEST_CASE("ignore patterns have gitignore's meaning") {
  IgnoreRules rules;
  rules.add("# comment\n*.log\n!keep.log\n/top\ndir/\na/b\nspace\\ \ntrail   \r\nlib/**\n**/deep/x\n");
  CHECK(rules.ignores("x.log", false));
  CHECK(rules.ignores("n/x.log", false));
  CHECK_FALSE(rules.ignores("n/keep.log", false));
  CHECK(rules.ignores("top", false));
  CHECK_FALSE(rules.ignores("n/top", false));
  CHECK(rules.ignores("n/dir", true));
  CHECK_FALSE(rules.ignores("n/dir", false));
  CHECK(rules.ignores("a/b", true));
  CHECK_FALSE(rules.ignores("n/a/b", true));
  CHECK(rules.ignores("trail", false));
  CHECK(rules.ignores("space ", false));
  CHECK(rules.ignores("lib/x/y", false));
  CHECK(rules.ignores("m/deep/x", false));
  CHECK_FALSE(rules.ignores("# comment", false));
}

TEST_CASE("the platform's own list is ignored at any depth") {
  const IgnoreRules rules = built_in_ignores(false);
  for (const char* name : {".git", "n/node_modules", "venv", "n/.venv", "__pycache__", ".env.local",
                           ".env.x.local", ".foo.swp", ".pnp.cjs", "a/.DS_Store", ".yarn/cache"}) {
    INFO(name);
    CHECK(rules.ignores(name, true));
  }
  for (const char* name : {"target", ".env", "n/.yarn/cache", "build", ".github", "envs", "foo.swp"}) {
    INFO(name);
    CHECK_FALSE(rules.ignores(name, true));
  }
  CHECK(built_in_ignores(true).ignores("target", true));
}

TEST_CASE("text is shown without harm to the terminal") {
  CHECK(printable("a b\xC3\xA9") == "a b\xC3\xA9");
  CHECK(printable("a\nb\x1b[31m\xFF") == "a\\x0ab\\x1b[31m\\xff");
  CHECK(printable("\xC2\x9B") == "\\xc2\\x9b");
  CHECK(in_quotes("x\"") == "\"x\"\"");
  CHECK(decode_text("\xEF\xBB\xBFx") == "x");
  CHECK(decode_text(std::string("\xFF\xFE" "f\0l\0\xE9\0", 8)) == "fl\xC3\xA9");
  CHECK(decode_text(std::string("\xFE\xFF\0f\xD8\x3D\xDE\x00", 8)) == "f\xF0\x9F\x98\x80");
}

TEST_CASE("a misspelt word finds what was meant") {
  const std::vector<std::string> words = {"maxDuration", "memory", "runtime"};
  CHECK(nearest("maxduration", words) == "maxDuration");
  CHECK(nearest("maxDuraton", words) == "maxDuration");
  CHECK(nearest("memroy", words) == "memory");
  CHECK(nearest("regions", words).empty());
}
