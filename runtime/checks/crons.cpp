// `crons` of vercel.json: schedules, how many and how often, and what their paths reach.
#include <fmt/format.h>

#include <variant>

#include "runtime/checks/check.h"
#include "runtime/checks/schedule.h"
#include "runtime/routing/route.h"

namespace localfn::checks {
namespace {

constexpr std::size_t kMostCrons = 100;

void check_schedule(const Input& input, const std::string& schedule, const Place& place,
                    Findings& findings) {
  const Schedule read = read_schedule(schedule);
  if (!read.problem.empty()) {
    findings.push_back(finding("cron-schedule", place,
                               fmt::format("the schedule {} {}: the deployment is refused",
                                           in_quotes(schedule), read.problem),
                               "write five fields, like \"0 5 * * *\" for 5:00 UTC each day"));
  } else if (input.plan == Plan::Hobby && read.times_a_day > 1) {
    findings.push_back(finding(
        "cron-frequency", place,
        fmt::format("the schedule {} is due {} times a day, and the plan Hobby allows once: the "
                    "deployment is refused",
                    in_quotes(schedule), read.times_a_day),
        "let it run once a day, like \"0 5 * * *\", or check with --plan pro"));
  }
}

/// What a GET of the path comes to; empty: a function.
std::string reaches(const Project& project, const std::string& path) {
  const auto mark = path.find('?');
  RouteRequest request;
  request.method = "GET";
  request.path = std::string_view(path).substr(0, mark);
  request.has_query = mark != std::string::npos;
  if (request.has_query) request.query = std::string_view(path).substr(mark + 1);
  request.headers = "Host: localhost\r\n";
  const Route route = localfn::route(project, request, nullptr);
  if (std::holds_alternative<FunctionRoute>(route.destination) ||
      std::holds_alternative<FrameworkRoute>(route.destination) ||
      std::holds_alternative<ProxyRoute>(route.destination)) {
    return {};
  }
  if (const auto* file = std::get_if<StaticRoute>(&route.destination))
    return "the file " + file->file;
  if (const auto* to = std::get_if<RedirectRoute>(&route.destination)) {
    return fmt::format("a redirect to {}, which is not followed", to->location);
  }
  return "nothing";
}

void check_path(const Input& input, const std::string& path, const Place& place,
                Findings& findings) {
  if (path.empty() || path[0] != '/') return;  // the schema says so
  const std::string end = reaches(input.project, path);
  if (end.empty()) return;
  findings.push_back(
      finding("cron-path", place,
              fmt::format("a GET of {} reaches {}, so this cron job runs no function",
                          in_quotes(path), printable(end)),
              "give it the path of a function, like \"/api/tidy\"; localfn routes --explain shows "
              "its way"));
}

}  // namespace

void check_crons(const Input& input, const ConfigFile& config, Findings& findings) {
  if (!config.value) return;
  const JsonValue* crons = config.value->find("crons");
  if (crons == nullptr) return;
  if (crons->items.size() > kMostCrons) {
    findings.push_back(
        finding("cron-count", config.place(crons->offset),
                fmt::format("the project has {} cron jobs, and at most {} are allowed",
                            crons->items.size(), kMostCrons),
                "let one job do the work of several"));
  }
  for (const JsonValue& item : crons->items) {
    const JsonValue* schedule = item.find("schedule");
    if (schedule != nullptr && schedule->is(JsonValue::Kind::String)) {
      check_schedule(input, schedule->text, config.place(schedule->offset), findings);
    }
    // With errors in the configuration there are no rules to ask.
    const JsonValue* path = item.find("path");
    if (path != nullptr && path->is(JsonValue::Kind::String) && input.project.errors.empty()) {
      check_path(input, path->text, config.place(path->offset), findings);
    }
  }
}

}  // namespace localfn::checks
