#include "runtime/cli/options.h"
#include "runtime/cli/usage.h"

#include <algorithm>
#include <sstream>

#include "runtime/base/errors.h"
#include "tests/support/catch.h"

namespace localfn::cli {
namespace {

CommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "localfn");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

std::string complaint(std::vector<const char*> words) {
  try {
    parse(std::move(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("dev without options serves the current folder on 127.0.0.1:3000", "[cli]") {
  const auto line = parse({"dev"});
  CHECK(line.command == Command::Dev);
  CHECK(line.dev.directory == ".");
  CHECK(line.dev.host == "127.0.0.1");
  CHECK(line.dev.port == 3000);
  CHECK(line.dev.max_instances == 10);
  CHECK(line.dev.idle == std::chrono::seconds(300));
}

TEST_CASE("every option of dev reaches its field", "[cli]") {
  const auto dev =
      parse({"dev", "app", "--listen", "0.0.0.0:8080", "--strict-port", "--max-instances", "2",
             "--idle", "5", "--max-duration=7", "--env", "A=1", "--env", "B", "--env-file", "x.env",
             "--log", "json", "--strict", "--no-route-header", "--plain", "--debug"})
          .dev;
  CHECK(dev.directory == "app");
  CHECK(dev.host == "0.0.0.0");
  CHECK(dev.port == 8080);
  CHECK(dev.strict_port);
  CHECK(dev.max_instances == 2);
  CHECK(dev.idle == std::chrono::seconds(5));
  CHECK(dev.max_duration == std::chrono::seconds(7));
  CHECK(dev.env == std::vector<std::string>{"A=1", "B"});
  CHECK(dev.env_files == std::vector<std::string>{"x.env"});
  CHECK(dev.log == LogFormat::Json);
  CHECK(dev.strict);
  CHECK(dev.no_route_header);
  CHECK(dev.plain);
  CHECK(dev.debug);
}

TEST_CASE("the port of --debugpy may be left out", "[cli]") {
  CHECK(parse({"dev"}).dev.debugger.debugpy == 0);
  CHECK_FALSE(parse({"dev"}).dev.debugger.post_mortem);
  const auto dev = parse({"dev", "--debugpy", "app", "--pdb"}).dev;
  CHECK(dev.debugger.debugpy == 5678);
  CHECK(dev.debugger.post_mortem);
  CHECK(dev.directory == "app");
  CHECK(parse({"dev", "--debugpy", "6000", "app"}).dev.debugger.debugpy == 6000);
  CHECK(parse({"dev", "--debugpy=6001"}).dev.debugger.debugpy == 6001);
  CHECK(parse({"invoke", "/api/x", "--debugpy"}).invoke.debugger.debugpy == 5678);
  CHECK_THAT(complaint({"dev", "--debugpy", "70000"}), ContainsSubstring("must be 1..65535"));
}

TEST_CASE("the option --env takes one word and leaves the folder alone", "[cli]") {
  const auto dev = parse({"dev", "--env", "A=1", "app"}).dev;
  CHECK(dev.env == std::vector<std::string>{"A=1"});
  CHECK(dev.directory == "app");
}

TEST_CASE("the option --listen takes a port, a host, both, and IPv6", "[cli]") {
  struct Row {
    const char* text;
    const char* host;
    int port;
  };
  for (const auto& row : {Row{"8080", "127.0.0.1", 8080}, Row{"0", "127.0.0.1", 0},
                          Row{"localhost", "localhost", 3000}, Row{"::1", "::1", 3000},
                          Row{"[::1]:81", "::1", 81}, Row{"0.0.0.0:0", "0.0.0.0", 0}}) {
    INFO(row.text);
    const auto dev = parse({"dev", "-l", row.text}).dev;
    CHECK(dev.host == row.host);
    CHECK(dev.port == row.port);
  }
}

TEST_CASE("wrong words are named, with what is accepted", "[cli]") {
  CHECK_THAT(complaint({"dev", "--listen", "127.0.0.1:99999"}),
             ContainsSubstring("the port must be 0..65535"));
  CHECK_THAT(complaint({"dev", "--lisen", "3000"}), ContainsSubstring("did you mean --listen?"));
  CHECK_THAT(complaint({"dve"}), ContainsSubstring("did you mean dev?"));
  CHECK_THAT(complaint({"dev", "a", "b"}), ContainsSubstring("at most one folder"));
  CHECK_THAT(complaint({"dev", "--max-instances", "0"}), ContainsSubstring("--max-instances"));
  CHECK_THAT(complaint({"dev", "--log", "xml"}), ContainsSubstring("--log"));
  CHECK_THAT(complaint({"dev", "--idle", "soon"}), ContainsSubstring("--idle"));
}

TEST_CASE("check takes a folder, a format, a plan and codes to ignore", "[cli]") {
  const auto options = parse({"check", "app", "--format", "sarif", "--plan", "pro", "--ignore",
                              "cron-path", "--ignore", "config", "--import"})
                           .check;
  CHECK(options.directory == "app");
  CHECK(options.format == "sarif");
  CHECK(options.plan == "pro");
  CHECK(options.ignored == std::vector<std::string>{"cron-path", "config"});
  CHECK(options.import);
  CHECK(parse({"check"}).check.format == "text");
  CHECK_THAT(complaint({"check", "--format", "xml"}), ContainsSubstring("--format"));
}

TEST_CASE("every usage text fits a screen of 80 columns and 36 lines", "[cli]") {
  for (const char* command : {"", "dev", "test", "check", "invoke", "routes", "init"}) {
    INFO(command);
    std::istringstream text(usage(command));
    int lines = 0;
    for (std::string line; std::getline(text, line); ++lines) CHECK(line.size() <= 80);
    CHECK(lines <= 36);
    CHECK_THAT(usage(command), StartsWith(std::string("usage: localfn ") + command));
  }
  CHECK_THAT(usage("dev"), ContainsSubstring("[127.0.0.1:3000]"));
  CHECK(usage("nonsense") == usage());
}

TEST_CASE("help is on the command that it is asked of", "[cli]") {
  CHECK(parse({"test", "x", "--help"}).help_on == "test");
  CHECK(parse({"help", "dev"}).help_on == "dev");
  CHECK(parse({"--help"}).help_on == "--help");
  CHECK(parse({}).help_on.empty());
  CHECK_THAT(complaint({"test", "--jnit", "x"}),
             ContainsSubstring("did you mean --junit?; see localfn test --help"));
}

TEST_CASE("dev --record takes a file that ends in .json; another word is the folder", "[cli]") {
  CHECK_FALSE(parse({"dev"}).dev.record);
  CHECK(parse({"dev", "--record"}).dev.record);
  auto dev = parse({"dev", "--record", "a.json", "site"}).dev;
  CHECK(dev.record_file == "a.json");
  CHECK(dev.directory == "site");
  dev = parse({"dev", "--record", "site"}).dev;
  CHECK(dev.record);
  CHECK(dev.record_file.empty());
  CHECK(dev.directory == "site");
  CHECK(parse({"dev", "site", "--record"}).dev.directory == "site");
  CHECK_THAT(complaint({"dev", "site", "--record", "a.txt"}), ContainsSubstring("ends in .json"));
}

TEST_CASE("test watches the project, or asks a target", "[cli]") {
  const auto test =
      parse({"test", "--target", "https://a.example", "--timeout", "5", "-j", "2"}).test;
  CHECK(test.target == "https://a.example");
  CHECK(test.timeout == std::chrono::seconds(5));
  CHECK(test.jobs == 2);
  CHECK(parse({"test", "-w"}).test.watch);
  CHECK_THAT(complaint({"test", "-w", "--target", "http://a"}), ContainsSubstring("leave out"));
  CHECK_THAT(complaint({"test", "--watch", "--tap"}), ContainsSubstring("leave out"));
}

TEST_CASE("test takes a folder, and files of probes", "[cli]") {
  const auto test = parse({"test", "site", "a.json", "b.json", "--tap"}).test;
  CHECK(test.directory == "site");
  CHECK(test.files == std::vector<std::string>{"a.json", "b.json"});
  CHECK(parse({"test", "a.json"}).test.files.size() == 1);
  CHECK_THAT(complaint({"test", "--tap", "--json"}), ContainsSubstring("one of them"));
}

}  // namespace localfn::cli
