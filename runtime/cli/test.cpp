#include "runtime/cli/test.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "runtime/base/errors.h"
#include "runtime/probes/reading.h"
#include "runtime/probes/report.h"
#include "runtime/probes/verdict.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;
using probes::Probe;
using probes::Result;

constexpr int kFailed = 1;
constexpr int kConfigurationError = 2;
constexpr std::size_t kAtOnce = 4;
// Between two tries where the probe names no delay of its own.
constexpr milliseconds kBetweenTries{100};

/// What was printed and said, by the id of its invocation.
class Told {
 public:
  void line(const LogLine& line) {
    const std::lock_guard lock(mutex_);
    if (line.invocation.empty()) return;
    all_[line.invocation].lines.push_back(line.text);
  }
  void account(const Record& record, const std::vector<std::string>& explanation) {
    const std::lock_guard lock(mutex_);
    auto& told = all_[record.id];
    told.record = record;
    told.lines.insert(told.lines.end(), explanation.begin(), explanation.end());
  }
  /// Gives away what is known of one request.
  void take(const std::string& id, Record& record, std::vector<std::string>& lines) {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(id);
    if (found == all_.end()) return;
    record = std::move(found->second.record);
    lines = std::move(found->second.lines);
    all_.erase(found);
  }

 private:
  struct Entry {
    Record record;
    std::vector<std::string> lines;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> all_;
};

/// Waits, for the probe has asked for it.
void pause(milliseconds time) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, Clock::now() + time, [] { return false; });
}

http::LocalRequest request_of(const Probe& probe) {
  http::LocalRequest request{probe.method, probe.path, {}, probe.body};
  for (const auto& [name, value] : probe.headers) request.headers.emplace_back(name, value);
  std::string cookies;
  for (const auto& [name, value] : probe.cookies) {
    cookies += fmt::format("{}{}={}", cookies.empty() ? "" : "; ", name, value);
  }
  if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
  return request;
}

class Asker {
 public:
  Asker(Engine& engine, Told& told, const TestOptions& options)
      : engine_(engine), told_(told), options_(options) {}

  /// One after the other: a probe may build on what came before it.
  std::vector<Result> in_order(const std::vector<Probe>& probes) {
    std::vector<Result> results;
    probes::Values values;
    for (const Probe& probe : probes) results.push_back(with_tries(probe, values));
    return results;
  }

  /// Several at a time; the results in the order of the probes.
  std::vector<Result> together(const std::vector<Probe>& probes) {
    std::vector<Result> results(probes.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(kAtOnce, probes.size()); ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < probes.size(); at = next++) results[at] = once(probes[at]);
      });
    }
    for (auto& thread : threads) thread.join();
    return results;
  }

 private:
  Result with_tries(const Probe& probe, probes::Values& values) {
    std::vector<std::string> missing;
    const Probe asked = probes::with_values(probe, values, missing);
    if (!missing.empty()) return without_value(probe, missing.front());
    Result result;
    for (int tries = 0; tries <= probe.retries; ++tries) {
      if (probe.delay > 0ms || tries > 0) pause(probe.delay > 0ms ? probe.delay : kBetweenTries);
      result = once(asked);
      if (result.passed()) break;
    }
    if (result.passed()) result.failures = probes::keep_values(asked, result.response, values);
    return result;
  }

  static Result without_value(const Probe& probe, const std::string& name) {
    Result result;
    result.probe = probe;
    result.failures.push_back({"the request", fmt::format("a value for ${{{}}}", name),
                               "no probe before this one has kept it"});
    return result;
  }

  Result once(const Probe& probe) {
    Result result;
    result.probe = probe;
    const auto began = Clock::now();
    auto answer = engine_.call(request_of(probe));
    auto& response = result.response;
    response.took = std::chrono::duration_cast<microseconds>(Clock::now() - began);
    const std::string* const id = answer.header("x-vercel-id");
    Record record;
    told_.take(id == nullptr ? "" : *id, record, result.log);
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    response.body = std::move(answer.body);
    response.cut = answer.cut;
    result.function = record.function;
    result.failures = probes::check(probe, response);
    result.slow = probe.limit && response.took > *probe.limit;
    if (result.slow && options_.fail_slow) {
      result.failures.push_back({"time", fmt::format("at most {} ms", probe.limit->count()),
                                 fmt::format("{} ms", response.took.count() / 1000)});
    }
    return result;
  }

  Engine& engine_;
  Told& told_;
  const TestOptions& options_;
};

// ---- without probes ---------------------------------------------------------------------------

Probe get(const std::string& path) {
  Probe probe;
  probe.path = path;
  probe.name = "GET " + path;
  return probe;
}

/// A GET for each function; a parameter of its path is asked with its own name.
std::vector<Probe> smoke_probes(const Project& project) {
  std::vector<Probe> probes;
  for (const auto& [path, function] : project.functions) {
    const bool dynamic = std::any_of(
        project.dynamic_routes.begin(), project.dynamic_routes.end(),
        [&](const DynamicRoute& route) { return route.function == function; });
    if (!dynamic) probes.push_back(get("/" + path));
  }
  for (const DynamicRoute& route : project.dynamic_routes) {
    std::string path;
    for (const auto& segment : route.segments) {
      path += "/" + (segment.parameter.empty() ? segment.literal : segment.parameter);
    }
    probes.push_back(get(path));
  }
  if (probes.empty()) probes.push_back(get("/"));
  return probes;
}

/// A class that has no do_GET answers 501 to a GET: it has been imported, which is what is asked.
void forgive_missing_get(std::vector<Result>& results) {
  for (Result& each : results) {
    if (each.response.status == 501 && !each.function.empty()) each.failures.clear();
  }
}

// ---- the files --------------------------------------------------------------------------------

bool read_file(const std::filesystem::path& directory, const std::string& name, bool required,
               probes::Probes& all) {
  TextFile file = read_text_file((directory / name).string());
  if (!file.bytes) {
    if (required || !file.missing) {
      throw UsageError(fmt::format("cannot read {}: {}", in_quotes(name), file.reason));
    }
    return false;
  }
  auto read = probes::read_probes(SourceText(name, decode_text(std::move(*file.bytes))));
  if (required && !read.present && read.problems.empty()) {
    throw UsageError(fmt::format("{} has no probes: a list, or an object with \"probes\"", in_quotes(name)));
  }
  all.present = all.present || read.present;
  std::move(read.probes.begin(), read.probes.end(), std::back_inserter(all.probes));
  std::move(read.problems.begin(), read.problems.end(), std::back_inserter(all.problems));
  return read.present;
}

probes::Probes read_all(const TestOptions& options) {
  probes::Probes all;
  for (const std::string& file : options.files) {
    read_file(std::filesystem::current_path(), file, true, all);
  }
  if (!options.files.empty()) return all;
  if (!read_file(options.directory, "probes.json", false, all)) {
    read_file(options.directory, "vercel.json", false, all);
  }
  return all;
}

int print_problems(const std::vector<Diagnostic>& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem.format());
  return kConfigurationError;
}

void write_junit(const std::string& path, const std::vector<Result>& results) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << probes::to_junit(results);
  if (!file.flush()) throw std::runtime_error("cannot write " + in_quotes(path));
}

void print(const TestOptions& options, const std::vector<Result>& results) {
  const std::string last = probes::summary(results) + "\n";
  if (options.json || options.tap) {
    fmt::print("{}", options.json ? probes::to_json(results) : probes::to_tap(results));
    fmt::print(stderr, "{}", last);
  } else {
    for (const Result& each : results) fmt::print("{}", probes::to_text(each));
    if (std::getenv("GITHUB_ACTIONS") != nullptr) fmt::print("{}", probes::to_annotations(results));
    fmt::print("{}", last);
  }
  if (!options.junit.empty()) write_junit(options.junit, results);
}

}  // namespace

int run_test(const TestOptions& given) {
  TestOptions options = given;
  options.reachable = true;  // a function may ask its neighbours, as on the platform
  Told told;
  Engine engine(
      options, [&](const LogLine& line) { told.line(line); },
      [&](const Record& record, const auto& explanation) { told.account(record, explanation); });
  warn_of_python(engine.session().python());
  const auto project = engine.project();
  if (!project->errors.empty()) return print_problems(project->errors);
  const probes::Probes all = read_all(options);
  if (!all.problems.empty()) return print_problems(all.problems);
  Asker asker(engine, told, options);
  std::vector<Result> results;
  if (all.present) {
    results = asker.in_order(all.probes);
  } else {
    results = asker.together(smoke_probes(*project));
    forgive_missing_get(results);
  }
  print(options, results);
  const bool good = std::all_of(results.begin(), results.end(), [](const auto& r) { return r.passed(); });
  return good ? 0 : kFailed;
}

}  // namespace localfn::cli
