#include "runtime/cli/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/checks/check.h"
#include "runtime/cli/console.h"
#include "runtime/cli/options.h"

namespace localfn::cli {
namespace {

constexpr std::size_t kMostShown = 5;

struct CronJob {
  std::string path;
  std::string schedule;
};

std::string text_of(const JsonValue& item, std::string_view key) {
  const JsonValue* value = item.find(key);
  return value != nullptr && value->is(JsonValue::Kind::String) ? value->text : std::string();
}

std::vector<CronJob> cron_jobs(const Project& project) {
  const checks::ConfigFile config = checks::read_config_file(project);
  const JsonValue* crons = config.value ? config.value->find("crons") : nullptr;
  std::vector<CronJob> jobs;
  if (crons == nullptr) return jobs;
  for (const JsonValue& item : crons->items) {
    jobs.push_back({text_of(item, "path"), text_of(item, "schedule")});
  }
  return jobs;
}

[[noreturn]] void refuse(const std::string& path, const std::vector<CronJob>& jobs) {
  std::vector<std::string> paths;
  for (const CronJob& job : jobs) {
    if (std::find(paths.begin(), paths.end(), job.path) == paths.end()) paths.push_back(job.path);
  }
  throw UsageError(fmt::format(
      "--cron: `crons` of vercel.json has no {}{}", path,
      paths.empty() ? "; add {\"path\": …, \"schedule\": \"0 5 * * *\"}"
                    : "; it has " + join_words(paths, kMostShown)));
}

void add_unless_given(http::LocalRequest& request, std::string_view name, std::string value) {
  const bool given =
      std::any_of(request.headers.begin(), request.headers.end(),
                  [&](const auto& each) { return equal_ignoring_case(each.first, name); });
  if (!given) request.headers.emplace_back(name, std::move(value));
}

}  // namespace

void ask_as_scheduler(const Project& project, http::LocalRequest& request) {
  const std::vector<CronJob> jobs = cron_jobs(project);
  const auto job = std::find_if(jobs.begin(), jobs.end(),
                                [&](const CronJob& each) { return each.path == request.target; });
  if (job == jobs.end()) refuse(request.target, jobs);
  add_unless_given(request, "User-Agent", "vercel-cron/1.0");
  add_unless_given(request, "x-vercel-cron-schedule", job->schedule);
  for (const auto& [name, value] : project.environment) {
    if (name != "CRON_SECRET" || value.empty()) continue;
    if (!is_field_value(value)) {
      throw UsageError(
          "--cron: CRON_SECRET has a line break or another character that no header may have");
    }
    add_unless_given(request, "Authorization", "Bearer " + value);
  }
}

}  // namespace localfn::cli
