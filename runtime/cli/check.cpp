#include "runtime/cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <thread>

#include "runtime/checks/check.h"
#include "runtime/checks/report.h"
#include "runtime/checks/settings.h"
#include "runtime/cli/version.h"
#include "runtime/functions/fresh_import.h"
#include "runtime/http/pages/hints.h"
#include "runtime/http/pages/outcome_answer.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

using namespace std::chrono_literals;
using checks::Finding;
using checks::Findings;

constexpr int kErrors = 1;
constexpr std::size_t kAtOnce = 4;
constexpr milliseconds kImportLimit{10'000};  // as the platform has it
constexpr auto kShutdownGrace = 2s;

// ---- imports ----------------------------------------------------------------------------------

Finding import_finding(const Outcome& outcome, const Function& function, const Project& project) {
  const http::PageDetails details = http::describe(outcome, function, project).details;
  checks::Place place{function.file, 0, 0};
  std::string message = details.headline;
  std::string fix = details.advice.empty() ? std::string() : details.advice.front();
  if (const auto* failed = std::get_if<ImportFailed>(&outcome)) {
    const wire::Failure& failure = failed->failure;
    // The innermost file of the project: where it is to be put right.
    if (!failure.file.empty()) place.file = failure.file;
    place.line = static_cast<int>(failure.line);
    message = fmt::format("the import of {} fails: {}", function.file, failure.error);
    fix = http::hint_for(failure, function, project);
  }
  return checks::finding("import-failed", std::move(place), std::move(message), std::move(fix));
}

std::vector<std::shared_ptr<const Function>> functions_of(const Project& project) {
  std::vector<std::shared_ptr<const Function>> functions;
  for (const auto& [path, function] : project.functions) functions.push_back(function);
  if (project.framework && project.framework->function) {
    functions.push_back(project.framework->function);
  }
  return functions;
}

/// Each in an instance of its own, several at a time.
void import_all(ProjectSession& session, const Project& project, Findings& findings) {
  const auto functions = functions_of(project);
  std::vector<std::optional<Outcome>> outcomes(functions.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(kAtOnce, functions.size()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < functions.size(); at = next++) {
        outcomes[at] = import_afresh(session.supervisor(), project, functions[at], kImportLimit);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (outcomes[i]) findings.push_back(import_finding(*outcomes[i], *functions[i], project));
  }
}

// ---- the output -------------------------------------------------------------------------------

/// The project's folder within the repository that CI works on: "backend/"; else empty.
std::string folder_in_repository(const Project& project) {
  const char* workspace = std::getenv("GITHUB_WORKSPACE");
  std::error_code error;
  const auto top = std::filesystem::canonical(workspace == nullptr ? "." : workspace, error);
  if (error) return {};
  const std::string inner = project.root.lexically_relative(top).generic_string();
  return inner.empty() || inner == "." || inner.starts_with("..") ? std::string() : inner + "/";
}

void print(const CheckOptions& options, const Project& project, const Findings& findings) {
  if (options.format == "json") {
    fmt::print("{}", checks::to_json(findings));
  } else if (options.format == "sarif") {
    fmt::print("{}", checks::to_sarif(findings, version_number(), folder_in_repository(project)));
  } else if (options.format == "github") {
    fmt::print("{}", checks::to_github(findings, folder_in_repository(project)));
    fmt::print(stderr, "{}\n", checks::summary(findings));
  } else {
    fmt::print("{}", checks::to_text(findings));
  }
}

checks::Settings settings_of(const CheckOptions& options, const Project& project) {
  checks::Settings settings = checks::read_settings(project);
  if (!options.plan.empty()) settings.plan = checks::read_plan("--plan", options.plan);
  for (const std::string& code : options.ignored) {
    settings.ignored.insert(checks::read_code("--ignore", code));
  }
  return settings;
}

}  // namespace

int run_check(const CheckOptions& options) {
  ProjectSession session(
      options, [](const LogLine& line) { fmt::print(stderr, "{}\n", printable(line.text)); });
  const auto project = session.workspace().current();
  const checks::Settings settings = settings_of(options, *project);
  const checks::Sources sources(*project, [&](const std::vector<std::string>& paths) {
    return session.supervisor().inspect(paths);
  });
  Findings findings =
      checks::check({*project, sources, settings.plan.value_or(checks::Plan::Hobby)});
  if (options.import && project->errors.empty()) import_all(session, *project, findings);
  checks::apply(settings, sources, findings);
  session.supervisor().shutdown(Deadline::after(kShutdownGrace));
  print(options, *project, findings);
  return checks::has_errors(findings) ? kErrors : 0;
}

}  // namespace localfn::cli
