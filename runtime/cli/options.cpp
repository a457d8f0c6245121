#include "runtime/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/cli/help_text.h"
#include "runtime/cli/usage.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

constexpr std::size_t kMostInstances = 1000;
constexpr long kLongestSeconds = 86'400;
constexpr int kDebugpyPort = 5678;  // where editors look for it

std::optional<std::uint16_t> to_port(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65'535) return {};
  return static_cast<std::uint16_t>(value);
}

// PORT, HOST, HOST:PORT or [IPV6]:PORT.
void read_listen(const std::string& text, DevOptions& options) {
  if (const auto port = to_port(text)) {
    options.port = *port;
    return;
  }
  const auto colon = text.rfind(':');
  const bool bare_ipv6 =
      colon != std::string::npos && text.front() != '[' && text.find(':') != colon;
  if (colon == std::string::npos || bare_ipv6 || text.back() == ']') {
    options.host = text;
  } else {
    const auto port = to_port(text.substr(colon + 1));
    if (!port) {
      throw UsageError(
          fmt::format("--listen {}: the port must be 0..65535 (0: any free one), got \"{}\"", text,
                      text.substr(colon + 1)));
    }
    options.host = text.substr(0, colon);
    options.port = *port;
  }
  if (options.host.size() > 2 && options.host.front() == '[' && options.host.back() == ']') {
    options.host = options.host.substr(1, options.host.size() - 2);
  }
  if (options.host.empty() || options.host.find_first_of(" /") != std::string::npos) {
    throw UsageError(
        fmt::format("--listen {}: expected PORT, HOST or HOST:PORT, like 127.0.0.1:3000", text));
  }
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto meant = nearest(word.substr(0, word.find('=')), known);
  return meant.empty() ? "" : fmt::format("; did you mean {}?", meant);
}

std::vector<std::string> command_names() {
  std::vector<std::string> names{"help", "version"};
  for (const CommandPage& command : command_pages()) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(std::string_view command) {
  std::vector<std::string> names{"--help", "--version"};
  for (const HelpItem& option : read_help(command, usage(command)).options()) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// What CLI11 reads into before it becomes typed: it knows nothing of durations.
struct RawWords {
  std::vector<std::string> directories;
  std::string listen;
  std::string log = "text";
  std::string debugpy;
  long idle = DevOptions{}.idle.count();
  long max_duration = DevOptions{}.max_duration.count();
};

/// What every command takes that looks at a project.
void declare_project(CLI::App& command, ProjectOptions& options, RawWords& raw) {
  command.set_help_flag();
  command.allow_extras();
  command.add_option("directory", raw.directories);
  command.add_option("--python", options.python);
  command.add_option("--env", options.env)->allow_extra_args(false);
  command.add_option("--env-file", options.env_files)->allow_extra_args(false);
}

void declare_debugging(CLI::App& command, DebugOptions& options, RawWords& raw) {
  command.add_flag("--pdb", options.post_mortem);
  command.add_option("--debugpy", raw.debugpy);
}

// The port may be left out, and what follows then is another word of the command.
void complete_debugpy(std::vector<std::string>& words) {
  const auto is_number = [](const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "--debugpy") continue;
    if (i + 1 < words.size() && is_number(words[i + 1])) return;
    words[i] = fmt::format("--debugpy={}", kDebugpyPort);
  }
}

void read_debugpy(const RawWords& raw, DebugOptions& options) {
  if (raw.debugpy.empty()) return;
  const auto port = to_port(raw.debugpy);
  if (!port || *port == 0) {
    throw UsageError(fmt::format("--debugpy {}: the port must be 1..65535", raw.debugpy));
  }
  options.debugpy = *port;
}

void declare(CLI::App& dev, DevOptions& options, RawWords& raw) {
  declare_project(dev, options, raw);
  dev.add_option("-l,--listen", raw.listen);
  dev.add_flag("--strict-port", options.strict_port);
  dev.add_option("--max-instances", options.max_instances)
      ->check(CLI::Range(std::size_t{1}, kMostInstances));
  dev.add_option("--idle", raw.idle)->check(CLI::Range(1L, kLongestSeconds));
  dev.add_option("--max-duration", raw.max_duration)->check(CLI::Range(1L, 3600L));
  dev.add_option("--log", raw.log)->check(CLI::IsMember({"text", "json"}));
  dev.add_flag("--strict", options.strict);
  dev.add_flag("--install", options.install);
  dev.add_option("--record", options.record_file)->expected(0, 1);
  dev.add_flag("--no-route-header", options.no_route_header);
  dev.add_flag("--plain", options.plain);
  dev.add_flag("--debug", options.debug);
  dev.add_flag("--no-preload{false}", options.preload);
  declare_debugging(dev, options.debugger, raw);
}

/// Parses the words behind a command's name; what is wrong with them is a UsageError.
void parse(CLI::App& command, std::vector<std::string> words) {
  complete_debugpy(words);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    command.parse(words);
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; see localfn {} --help", error.what(), command.get_name()));
  }
  for (const auto& word : command.remaining()) {
    throw UsageError(fmt::format("unknown option {}{}; see localfn {} --help", word,
                                 did_you_mean(word, option_names(command.get_name())),
                                 command.get_name()));
  }
}

void read_directory(std::string_view command, const RawWords& raw, ProjectOptions& options) {
  if (raw.directories.size() > 1) {
    throw UsageError(fmt::format("localfn {} takes at most one folder, got \"{}\" and \"{}\"",
                                 command, raw.directories[0], raw.directories[1]));
  }
  if (!raw.directories.empty()) options.directory = raw.directories[0];
}

/// --record [FILE] [DIR]: a word that is no file of JSON is the folder.
void read_record(DevOptions& options, RawWords& raw) {
  if (options.record_file.empty() || options.record_file.ends_with(".json")) return;
  if (!raw.directories.empty()) {
    throw UsageError(fmt::format("--record {}: expected a file whose name ends in .json",
                                 options.record_file));
  }
  raw.directories.push_back(std::exchange(options.record_file, {}));
}

DevOptions parse_dev(std::vector<std::string> words) {
  DevOptions options;
  RawWords raw;
  CLI::App dev("", "dev");
  declare(dev, options, raw);
  parse(dev, std::move(words));
  options.record = dev.count("--record") > 0;
  read_record(options, raw);
  read_directory("dev", raw, options);
  read_debugpy(raw, options.debugger);
  if (!raw.listen.empty()) read_listen(raw.listen, options);
  options.idle = std::chrono::seconds(raw.idle);
  options.max_duration = std::chrono::seconds(raw.max_duration);
  options.log = raw.log == "json" ? LogFormat::Json : LogFormat::Text;
  return options;
}

RoutesOptions parse_routes(std::vector<std::string> words) {
  RoutesOptions options;
  RawWords raw;
  CLI::App routes("", "routes");
  declare_project(routes, options, raw);
  routes.add_option("--explain", options.explain);
  routes.add_option("-H,--header", options.headers)->allow_extra_args(false);
  routes.add_flag("--json", options.json);
  parse(routes, std::move(words));
  read_directory("routes", raw, options);
  if (!options.headers.empty() && options.explain.empty()) {
    throw UsageError("-H belongs to a request: give it with --explain 'GET /path'");
  }
  return options;
}

void read_request_words(const std::vector<std::string>& words, InvokeOptions& options) {
  if (words.empty() || words.size() > 2) {
    throw UsageError(fmt::format(
        "localfn invoke takes [METHOD] PATH, got {} words; like: localfn invoke POST /api/hello",
        words.size()));
  }
  options.path = words.back();
  if (words.size() == 2) options.method = words.front();
  if (options.path.empty() || (options.path[0] != '/' && options.path != "*")) {
    throw UsageError(fmt::format("localfn invoke {}: a path begins with /", options.path));
  }
  // As dev, check and routes take it.
  if (options.method.find('/') != std::string::npos || options.method.starts_with('.')) {
    throw UsageError(fmt::format("{} is no method; a folder is named so: localfn invoke {} --dir {}",
                                 options.method, options.path, options.method));
  }
}

InvokeOptions parse_invoke(std::vector<std::string> words) {
  InvokeOptions options;
  RawWords raw;
  CLI::App invoke("", "invoke");
  declare_project(invoke, options, raw);
  std::string directory;
  std::string data;
  long max_duration = DevOptions{}.max_duration.count();
  invoke.add_option("--dir", directory);
  invoke.add_option("-H,--header", options.headers)->allow_extra_args(false);
  auto* has_data = invoke.add_option("-d,--data", data);
  invoke.add_flag("--cron", options.cron);
  invoke.add_flag("-i,--include", options.include);
  invoke.add_flag("--json", options.json);
  invoke.add_option("--repeat", options.repeat)->check(CLI::Range(1, 1'000'000));
  invoke.add_option("--concurrency", options.concurrency)->check(CLI::Range(1, 1000));
  invoke.add_option("--max-instances", options.max_instances)
      ->check(CLI::Range(std::size_t{1}, kMostInstances));
  invoke.add_option("--max-duration", max_duration)->check(CLI::Range(1L, 3600L));
  invoke.add_flag("--strict", options.strict);
  invoke.add_flag("--plain", options.plain);
  invoke.add_flag("--debug", options.debug);
  invoke.add_flag("--no-preload{false}", options.preload);
  declare_debugging(invoke, options.debugger, raw);
  parse(invoke, std::move(words));
  read_request_words(raw.directories, options);
  if (options.cron && (has_data->count() > 0 || (!options.method.empty() && options.method != "GET"))) {
    throw UsageError("--cron: a cron job is a GET without a body: localfn invoke --cron /api/tidy");
  }
  read_debugpy(raw, options.debugger);
  if (!directory.empty()) options.directory = directory;
  if (has_data->count() > 0) options.data = data;
  options.max_duration = std::chrono::seconds(max_duration);
  return options;
}

void check_test(const TestOptions& options) {
  if (options.tap && options.json) throw UsageError("--tap and --json: give one of them");
  if (!options.watch) return;
  if (options.tap || options.json) {
    throw UsageError("--watch prints results again and again: leave out --tap and --json");
  }
  if (!options.target.empty()) {
    throw UsageError("--watch waits for edits of the project: leave out --target");
  }
}

/// [DIR] [FILE…]: the first word is a folder or a file of probes; the rest are files.
TestOptions parse_test(std::vector<std::string> words) {
  TestOptions options;
  RawWords raw;
  CLI::App test("", "test");
  declare_project(test, options, raw);
  test.add_option("--junit", options.junit);
  test.add_flag("--tap", options.tap);
  test.add_flag("--json", options.json);
  test.add_flag("--fail-slow", options.fail_slow);
  test.add_flag("-w,--watch", options.watch);
  test.add_option("-j,--jobs", options.jobs)->check(CLI::Range(1, 100));
  test.add_option("--target", options.target);
  long timeout = options.timeout.count();
  test.add_option("--timeout", timeout)->check(CLI::Range(1L, kLongestSeconds));
  test.add_flag("--strict", options.strict);
  test.add_flag("--plain", options.plain);
  test.add_flag("--debug", options.debug);
  test.add_flag("--no-preload{false}", options.preload);
  parse(test, std::move(words));
  options.timeout = std::chrono::seconds(timeout);
  check_test(options);
  for (const std::string& word : raw.directories) {
    const bool first = &word == &raw.directories.front();
    if (first && !word.ends_with(".json")) {
      options.directory = word;
    } else {
      options.files.push_back(word);
    }
  }
  return options;
}

CheckOptions parse_check(std::vector<std::string> words) {
  CheckOptions options;
  RawWords raw;
  CLI::App check("", "check");
  declare_project(check, options, raw);
  check.add_option("--format", options.format)
      ->check(CLI::IsMember({"text", "json", "github", "sarif"}));
  check.add_option("--plan", options.plan)->check(CLI::IsMember({"hobby", "pro"}));
  check.add_option("--ignore", options.ignored)->allow_extra_args(false);
  check.add_flag("--import", options.import);
  parse(check, std::move(words));
  read_directory("check", raw, options);
  return options;
}

InitOptions parse_init(std::vector<std::string> words) {
  InitOptions options;
  std::vector<std::string> names;
  CLI::App init("", "init");
  init.set_help_flag();
  init.allow_extras();
  init.add_option("name", names);
  init.add_option("--template", options.kind)->check(CLI::IsMember(template_names()));
  parse(init, std::move(words));
  if (names.size() > 1) {
    throw UsageError(fmt::format("localfn init takes at most one name, got \"{}\" and \"{}\"",
                                 names[0], names[1]));
  }
  if (!names.empty()) options.folder = names[0];
  return options;
}

/// `help`, `help COMMAND`, and what the build asks for: `help --man`, `help --completion SHELL`.
void read_help_words(const std::vector<std::string>& words, CommandLine& line) {
  if (words.empty()) return;
  if (words[0] == "--man") {
    line.command = Command::Manual;
  } else if (words[0] == "--completion") {
    line.command = Command::Completion;
    if (words.size() > 1) line.shell = words[1];
  } else {
    line.help_on = words[0];
  }
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto asks = [&](std::string_view a, std::string_view b) {
    return std::any_of(words.begin(), words.end(), [&](const auto& w) { return w == a || w == b; });
  };
  CommandLine line;
  if (words.empty() || words[0] == "help" || asks("--help", "-h")) {
    words.erase(std::remove(words.begin(), words.end(), "help"), words.end());
    read_help_words(words, line);
    return line;
  }
  if (words[0] == "version" || asks("--version", "-V")) {
    line.command = Command::Version;
  } else if (words[0] == "--source-hash") {
    line.command = Command::SourceHash;
  } else if (words[0] == "dev") {
    line.command = Command::Dev;
    words.erase(words.begin());
    line.dev = parse_dev(std::move(words));
  } else if (words[0] == "routes") {
    line.command = Command::Routes;
    words.erase(words.begin());
    line.routes = parse_routes(std::move(words));
  } else if (words[0] == "invoke") {
    line.command = Command::Invoke;
    words.erase(words.begin());
    line.invoke = parse_invoke(std::move(words));
  } else if (words[0] == "test") {
    line.command = Command::Test;
    words.erase(words.begin());
    line.test = parse_test(std::move(words));
  } else if (words[0] == "check") {
    line.command = Command::Check;
    words.erase(words.begin());
    line.check = parse_check(std::move(words));
  } else if (words[0] == "init") {
    line.command = Command::Init;
    words.erase(words.begin());
    line.init = parse_init(std::move(words));
  } else {
    throw UsageError(fmt::format("unknown command \"{}\"{}; see localfn --help", words[0],
                                 did_you_mean(words[0], command_names())));
  }
  return line;
}

}  // namespace localfn::cli
