#include "runtime/cli/test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/cli/answerer.h"
#include "runtime/cli/asker.h"
#include "runtime/cli/probe_files.h"
#include "runtime/cli/test_output.h"
#include "runtime/cli/test_values.h"
#include "runtime/cli/test_watch.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

using probes::Probe;
using probes::Result;

constexpr int kFailed = 1;
constexpr int kConfigurationError = 2;

std::vector<Result> ask_all(Asker& asker, Answerer& answerer, const std::vector<Probe>& probes) {
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < probes.size(); ++i) all.insert(i);
  std::vector<Result> results;
  for (auto& [index, result] : asker.ask(answerer, probes, all))
    results.push_back(std::move(result));
  return results;
}

int conclude(const TestOptions& options, const std::vector<Result>& results) {
  print_results(options, results, results);
  const bool good =
      std::all_of(results.begin(), results.end(), [](const auto& r) { return r.passed(); });
  return good ? 0 : kFailed;
}

int refuse(const TestOptions& options, std::vector<Diagnostic> problems) {
  print_problems(options, std::move(problems));
  return kConfigurationError;
}

// ---- the project -------------------------------------------------------------------------------

int test_project(const TestOptions& options) {
  Told told;
  Engine engine(
      options, [&](const LogLine& line) { told.line(line); },
      [&](const Record& record, const auto& explanation) { told.account(record, explanation); });
  warn_of_python(engine.session().python());
  const auto project = engine.project();
  if (!project->errors.empty()) return refuse(options, project->errors);
  auto read = read_probe_files(options.directory, options.files);
  if (!read.problems.empty()) return refuse(options, std::move(read.problems));
  if (!read.present) read.probes = smoke_probes(options.directory, *project);
  ProjectAnswerer answerer(engine, told);
  Asker asker({options.jobs, options.fail_slow});
  asker.give(given_values(options, project.get()));
  auto results = ask_all(asker, answerer, read.probes);
  if (!read.present) std::for_each(results.begin(), results.end(), forgive_missing_get);
  return conclude(options, results);
}

// ---- a server ----------------------------------------------------------------------------------

http::Origin target_of(const std::string& text) {
  const auto scheme = text.find("://");
  std::string origin = text;
  while (origin.ends_with('/')) origin.pop_back();
  const bool has_path =
      scheme != std::string::npos && origin.find('/', scheme + 3) != std::string::npos;
  auto parsed = has_path ? std::nullopt : http::parse_origin(origin);
  if (!parsed) {
    throw UsageError(fmt::format(
        "--target {}: expected https://HOST or http://HOST:PORT, without a path", in_quotes(text)));
  }
  return std::move(*parsed);
}

/// Without a file of probes the functions of the project say what is asked, so it is opened.
std::optional<std::vector<Diagnostic>> add_smoke_probes(const TestOptions& options,
                                                        std::vector<Probe>& probes) {
  ProjectSession session(options, [](const LogLine&) {});
  const auto project = session.workspace().current();
  if (!project->errors.empty()) return project->errors;
  probes = smoke_probes(options.directory, *project);
  return std::nullopt;
}

int test_server(const TestOptions& options) {
  const http::Origin origin = target_of(options.target);
  auto read = read_probe_files(options.directory, options.files);
  if (!read.problems.empty()) return refuse(options, std::move(read.problems));
  if (!read.present) {
    if (auto problems = add_smoke_probes(options, read.probes)) {
      return refuse(options, std::move(*problems));
    }
  }
  const char* const bypass = std::getenv("VERCEL_AUTOMATION_BYPASS_SECRET");
  RemoteAnswerer answerer(origin, options.timeout, bypass == nullptr ? "" : bypass);
  Asker asker({options.jobs, options.fail_slow});
  asker.give(given_values(options, nullptr));
  auto results = ask_all(asker, answerer, read.probes);
  if (!read.present) std::for_each(results.begin(), results.end(), forgive_missing_get);
  return conclude(options, results);
}

}  // namespace

int run_test(const TestOptions& given) {
  if (!given.target.empty()) return test_server(given);
  TestOptions options = given;
  options.reachable = true;  // a function may ask its neighbours, as on the platform
  return options.watch ? watch_tests(options) : test_project(options);
}

}  // namespace localfn::cli
