#include "runtime/cli/invoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/base/ascii.h"
#include "runtime/base/errors.h"
#include "runtime/cli/console.h"
#include "runtime/cli/layout.h"
#include "runtime/cli/measurements.h"
#include "runtime/cli/scheduler.h"
#include "runtime/cli/terminal_desk.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr int kFailed = 1;
constexpr int kConfigurationError = 2;

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw UsageError(fmt::format("-d @{}: cannot read this file", name));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_standard_input() {
  std::string text;
  char buffer[64 * 1024];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, got);
  }
  return text;
}

std::string body_of(const std::string& data) {
  if (data == "-") return read_standard_input();
  return data.starts_with("@") ? read_file(data.substr(1)) : data;
}

/// What the words of the command line ask for, with curl's defaults.
http::LocalRequest request_of(const InvokeOptions& options) {
  http::LocalRequest request;
  request.target = options.path;
  if (options.data) request.body = body_of(*options.data);
  request.method = !options.method.empty() ? options.method : options.data ? "POST" : "GET";
  bool typed = false;
  for (const std::string& header : options.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      throw UsageError(fmt::format("-H {}: expected 'Name: value'", in_quotes(header)));
    }
    const auto value = header.find_first_not_of(' ', colon + 1);
    request.headers.emplace_back(header.substr(0, colon),
                                 value == std::string::npos ? "" : header.substr(value));
    typed = typed || equal_ignoring_case(request.headers.back().first, "content-type");
  }
  if (options.data && !typed) {
    const bool object = !request.body.empty() && (request.body[0] == '{' || request.body[0] == '[');
    request.headers.emplace_back("Content-Type", object ? "application/json"
                                                        : "application/x-www-form-urlencoded");
  }
  return request;
}

void print_head(const http::LocalAnswer& answer) {
  fmt::print("{}\n", answer.status);
  for (const auto& [name, value] : answer.headers) fmt::print("{}: {}\n", name, printable(value));
  fmt::print("\n");
}

void print_bytes(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

bool is_utf8(const std::string& text) {
  try {
    return !json(text).dump().empty();
  } catch (const json::exception&) {
    return false;
  }
}

std::string in_base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= group.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

/// `body`, or, where it is no text, `body_base64`.
void add_body(json& result, const std::string& body) {
  if (is_utf8(body)) {
    result["body"] = body;
  } else {
    result["body_base64"] = in_base64(body);
  }
}

json to_json(const http::LocalAnswer& answer, const Record& record) {
  json headers = json::array();
  for (const auto& [name, value] : answer.headers) headers.push_back({name, value});
  json result = {{"status", answer.status}, {"headers", headers}};
  add_body(result, answer.body);
  result.update({{"complete", !answer.cut},
                 {"function", record.function},
                 {"outcome", record.outcome},
                 {"code", record.code},
                 {"cold", record.cold},
                 {"wall_ms", static_cast<double>(record.wall.count()) / 1000.0},
                 {"init_ms", static_cast<double>(record.init.count()) / 1000.0}});
  return result;
}

bool failed(const http::LocalAnswer& answer) { return answer.status >= 500 || answer.cut; }

/// The records of the requests, and what the terminal is told of them.
class Accounts {
 public:
  explicit Accounts(bool quiet) : quiet_(quiet), console_(LogFormat::Text) {}

  void take(const Record& record, const std::vector<std::string>& explanation) {
    const std::lock_guard lock(mutex_);
    last_ = record;
    measurements_.add(record);
    const bool bad = record.status >= 500 || record.status == 0;
    // Of many requests the first failure tells what the others would.
    if (quiet_ && (!bad || told_)) return;
    told_ = told_ || bad;
    console_.access(record, explanation);
  }

  // Standard output is for the answer alone.
  void take(LogLine line) {
    if (quiet_) return;
    line.stream = wire::Stream::Stderr;
    console_.function_line(line);
  }

  void hold(bool on) { console_.hold(on); }

  const Record& last() const { return last_; }
  const Measurements& measurements() const { return measurements_; }

 private:
  const bool quiet_;
  Console console_;
  std::mutex mutex_;
  bool told_ = false;
  Record last_;
  Measurements measurements_;
};

int invoke_once(Engine& engine, const Accounts& accounts, const InvokeOptions& options,
                http::LocalRequest request) {
  if (options.json) {
    const auto answer = engine.call(std::move(request));
    fmt::print("{}", json_text(to_json(answer, accounts.last())));
    return failed(answer) ? kFailed : 0;
  }
  if (options.include) {
    // The head comes first, and it is known with the first piece of the body only.
    const auto answer = engine.call(std::move(request));
    print_head(answer);
    print_bytes(answer.body);
    return failed(answer) ? kFailed : 0;
  }
  const auto answer = engine.call(std::move(request), [](std::string_view bytes) {
    print_bytes(bytes);
    std::fflush(stdout);
  });
  print_bytes(answer.body);
  return failed(answer) ? kFailed : 0;
}

int invoke_often(Engine& engine, const Accounts& accounts, const InvokeOptions& options,
                 const http::LocalRequest& request) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> bad{false};
  const auto began = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(options.concurrency, options.repeat); ++i) {
    threads.emplace_back([&] {
      while (next.fetch_add(1) < options.repeat) {
        if (failed(engine.call(request))) bad = true;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto took = std::chrono::duration_cast<microseconds>(Clock::now() - began);
  const Measurements& all = accounts.measurements();
  fmt::print("{}", options.json ? all.json(took) : all.text(took));
  return bad ? kFailed : 0;
}

}  // namespace

int run_invoke(const InvokeOptions& options) {
  http::LocalRequest request = request_of(options);
  Accounts accounts(options.repeat > 1);
  const TerminalDesk desk([&](bool on) { accounts.hold(on); });
  EngineOptions engine_options = options;
  engine_options.terminal = desk.place();
  Engine engine(
      engine_options, [&](const LogLine& line) { accounts.take(line); },
      [&](const Record& record, const auto& explanation) { accounts.take(record, explanation); });
  warn_of_python(engine.session().python());
  const auto project = engine.project();
  if (!project->errors.empty()) {
    for (const auto& problem : configuration_problems(*project)) {
      fmt::print(stderr, "{}\n", problem);
    }
    return kConfigurationError;
  }
  if (options.cron) ask_as_scheduler(*project, request);
  return options.repeat > 1 ? invoke_often(engine, accounts, options, request)
                            : invoke_once(engine, accounts, options, std::move(request));
}

}  // namespace localfn::cli
