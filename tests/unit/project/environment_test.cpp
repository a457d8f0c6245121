#include "runtime/project/environment.h"

#include "runtime/project/dotenv.h"
#include "runtime/project/manifest.h"
#include "tests/support/catch.h"

using namespace localfn;

namespace {

DotenvFile parse(const std::string& text) { return parse_dotenv(SourceText(".env", text)); }

std::string value_of(const std::string& line) {
  const DotenvFile file = parse(line);
  if (file.variables.size() != 1) return "no variable";
  return file.variables[0].second;
}

std::string look_up(const Environment& environment, const std::string& name) {
  for (const auto& variable : environment) {
    if (variable.first == name) return variable.second;
  }
  return "unset";
}

Config config_with(const std::string& env) { return read_config("{\"env\": " + env + "}", "/x"); }

}  // namespace

TEST_CASE("environment files are read as people write them") {
  CHECK(value_of("A=b") == "b");
  CHECK(value_of("  export A = b c  \r\n") == "b c");
  CHECK(value_of("export=x") == "x");
  CHECK(value_of("A=b # comment") == "b");
  CHECK(value_of("A=b#c") == "b#c");
  CHECK(value_of("A=#c") == "#c");
  CHECK(value_of("A=") == "");
  CHECK(value_of("A=\"b # c\" # d") == "b # c");
  CHECK(value_of("A='b\\n\\'c'") == "b\\n'c");
  CHECK(value_of("A=\"b\\n\\\"c\\\\\"") == "b\n\"c\\");
  CHECK(value_of("A=\"one\r\ntwo\"\n") == "one\ntwo");
  CHECK(value_of("A=$HOME/${X}") == "$HOME/${X}");
  CHECK(value_of("A=\"$HOME\"") == "$HOME");
  CHECK(value_of("A=`b`") == "`b`");
  CHECK(value_of("A=x=y") == "x=y");
  CHECK(value_of("A=\"\\d\"") == "\\d");
  CHECK(parse("# only\n\n   \n").variables.empty());
}

TEST_CASE("a line of an environment file that makes no sense is told with its place") {
  struct Row { const char* text; const char* warning; };
  for (const Row& row : {Row{"A=1\nwhat\n", ".env:2:1: ignored: expected NAME=VALUE"},
                         {"9X=1\n", ".env:1:1: \"9X\" is ignored"},
                         {"A=\"open\nB=2\n", ".env:1:3: ignored: the quote \" is not closed"},
                         {"A='x' y\n", ".env:1:7: ignored: something follows"}}) {
    INFO(row.text);
    const DotenvFile file = parse(row.text);
    REQUIRE(file.warnings.size() == 1);
    CHECK_THAT(file.warnings[0], StartsWith(row.warning));
  }
  // A line that is refused does not take the next with it.
  const DotenvFile file = parse("A=\"open\nB=2\n");
  REQUIRE(file.variables.size() == 1);
  CHECK(file.variables[0].first == "B");
  CHECK(parse(std::string("A=x\0y\n", 6)).variables.empty());
}

TEST_CASE("functions see the system's variables and little of the shell") {
  const Environment shell = {{"PATH", "/bin"}, {"HOME", "/h"}, {"LANG", "C"}, {"LC_ALL", "C"},
                             {"TMPDIR", "/t"}, {"VIRTUAL_ENV", "/v"}, {"SECRET", "x"},
                             {"PYTHONPATH", "/p"}, {"TZ", "Europe/Berlin"}};
  const auto made = compose_environment(shell, {}, {});
  for (const char* name : {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV"}) {
    CHECK(look_up(made.variables, name) != "unset");
  }
  CHECK(look_up(made.variables, "SECRET") == "unset");
  CHECK(look_up(made.variables, "PYTHONPATH") == "unset");
  CHECK(look_up(made.variables, "PYTHONUNBUFFERED") == "unset");
  CHECK(look_up(made.variables, "VERCEL") == "1");
  CHECK(look_up(made.variables, "VERCEL_ENV") == "development");
  CHECK(look_up(made.variables, "VERCEL_REGION") == "dev1");
  CHECK(look_up(made.variables, "TZ") == ":UTC");
  CHECK(look_up(made.variables, "PYTHONDONTWRITEBYTECODE") == "1");
  CHECK(look_up(made.variables, "VERCEL_URL") == "unset");
}

TEST_CASE("a later source of variables wins") {
  const Config config = config_with(R"({"A": "json", "B": "json", "C": "json", "PATH": "json"})");
  const auto made = compose_environment({{"PATH", "/bin"}}, config,
                                        {{".env", {{"B", "env"}, {"C", "env"}}},
                                         {"--env", {{"C", "option"}}}});
  CHECK(look_up(made.variables, "A") == "json");
  CHECK(look_up(made.variables, "B") == "env");
  CHECK(look_up(made.variables, "C") == "option");
  CHECK(look_up(made.variables, "PATH") == "json");
  CHECK(made.warnings.empty());
}

TEST_CASE("reserved names stay, with one warning for each file that tries") {
  const Config config = config_with(R"({"TZ": "x", "VERCEL": "x"})");
  const auto made = compose_environment(
      {}, config, {{".env", {{"VERCEL_URL", "x"}, {"VERCEL_URL", "y"}, {"TZ", "x"}}},
                   {".env.local", {{"VERCEL_ENV", "production"}, {"VERCEL_REGION", "fra1"}}},
                   {"--env", {{"VERCEL_GIT", "x"}}}});
  CHECK(look_up(made.variables, "TZ") == ":UTC");
  CHECK(look_up(made.variables, "VERCEL_ENV") == "development");
  CHECK(look_up(made.variables, "VERCEL_URL") == "unset");
  CHECK(look_up(made.variables, "VERCEL_GIT") == "x");
  CHECK(made.warnings ==
        std::vector<std::string>{
            "vercel.json: TZ, VERCEL cannot be overridden, as on the platform",
            ".env: VERCEL_URL, TZ cannot be overridden, as on the platform",
            ".env.local: VERCEL_ENV, VERCEL_REGION cannot be overridden, as on the platform"});
}

TEST_CASE("names that the platform keeps for its machines pass with a warning for each file") {
  const auto made = compose_environment(
      {}, config_with(R"({"AWS_REGION": "eu"})"),
      {{".env", {{"LAMBDA_TASK_ROOT", "x"}, {"AWS_LAMBDA_X", "y"}, {"_HANDLER", "z"},
                 {"AWS_BUCKET", "b"}, {"LAMBDA_TASK_ROOT", "w"}}}});
  CHECK(look_up(made.variables, "AWS_REGION") == "eu");
  CHECK(look_up(made.variables, "LAMBDA_TASK_ROOT") == "w");
  REQUIRE(made.warnings.size() == 2);
  CHECK_THAT(made.warnings[0], StartsWith("vercel.json: AWS_REGION passes here, but is reserved"));
  CHECK_THAT(made.warnings[1], StartsWith(".env: LAMBDA_TASK_ROOT, AWS_LAMBDA_X, _HANDLER passes"));
  CHECK_THAT(made.warnings[1], ContainsSubstring(
      "environment variables can not be configured: LAMBDA_TASK_ROOT, AWS_LAMBDA_X, _HANDLER"));
}

TEST_CASE("a secret of vercel.json is wanted from an environment file") {
  const Config config = config_with(R"({"TOKEN": "@token", "OTHER": "@other"})");
  const auto made = compose_environment({}, config, {{".env", {{"TOKEN", "t"}}}});
  CHECK(look_up(made.variables, "TOKEN") == "t");
  CHECK(look_up(made.variables, "OTHER") == "unset");
  REQUIRE(made.warnings.size() == 1);
  CHECK_THAT(made.warnings[0], StartsWith("vercel.json:1:29: env.OTHER names the secret"));
  CHECK_THAT(made.warnings[0], ContainsSubstring(
      "[MISSING_DOTENV_VARS] Env var \"OTHER\" is not defined in `.env` file"));
  const auto build = compose_environment(
      {}, read_config(R"({"build": {"env": {"A": "@a", "B": "b"}}})", "/x"), {});
  REQUIRE(build.warnings.size() == 1);
  CHECK_THAT(build.warnings[0], ContainsSubstring("\"A\" is not defined in `.env.build` file"));
}

TEST_CASE("manifests of web frameworks give a warning, others none") {
  CHECK_FALSE(framework_warning({}));
  CHECK_FALSE(framework_warning({"requests==2\n", "[project]\nname='x'", "", "import sys"}));
  CHECK_THAT(*framework_warning({"Flask==3\n", "", "", ""}),
             StartsWith("requirements.txt mentions flask"));
  CHECK_THAT(*framework_warning({"", "dependencies=['fastapi']", "", ""}),
             StartsWith("pyproject.toml mentions fastapi"));
  CHECK_THAT(*framework_warning({"", "", "Django = '*'", ""}), StartsWith("Pipfile mentions django"));
  CHECK_THAT(*framework_warning({"", "", "", "os.environ['DJANGO_SETTINGS_MODULE']"}),
             StartsWith("manage.py mentions django"));
  CHECK_THAT(*framework_warning({"python-fasthtml", "", "", ""}), ContainsSubstring("fasthtml"));
  CHECK_THAT(*framework_warning({"flask\nfastapi", "", "", ""}),
             ContainsSubstring("\"framework\": null"));
}

TEST_CASE("manifests decide which app a project without functions is") {
  const auto slug = [](const Manifests& manifests) {
    const auto app = detect_framework(manifests);
    return app ? app->slug + " because of " + app->because_of : "none";
  };
  CHECK(slug({}) == "none");
  CHECK(slug({"Flask", "", "", "", "requirements.txt"}) == "flask because of requirements.txt");
  CHECK(slug({"", "fastapi flask", "", "", "pyproject.toml"}) == "fastapi because of pyproject.toml");
  CHECK(slug({"", "", "", "DJANGO_SETTINGS_MODULE", ""}) == "django because of manage.py");
  CHECK(slug({"python-fasthtml", "", "", "", "requirements.txt"}) ==
        "fasthtml because of requirements.txt");
  CHECK(slug({"", "", "", "", "Pipfile"}) == "python because of Pipfile");
}
