#include "runtime/cli/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/errors.h"
#include "runtime/cli/layout.h"
#include "runtime/project/text.h"
#include "runtime/routing/describe.h"
#include "runtime/routing/route.h"

namespace localfn::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr int kConfigurationError = 2;

// ---- the table -------------------------------------------------------------------------------

json table_json(const std::vector<RuleLine>& lines) {
  json rows = json::array();
  for (const RuleLine& line : lines) {
    rows.push_back({{"phase", line.phase},
                    {"rule", line.rule},
                    {"place", line.place},
                    {"source", line.source},
                    {"what", line.what}});
  }
  return rows;
}

std::string table_text(const std::vector<RuleLine>& lines) {
  std::size_t rule_width = 0;
  std::size_t source_width = 0;
  for (const RuleLine& line : lines) {
    rule_width = std::max(rule_width, columns(printable(line.rule)));
    // One very long pattern must not push everything else to the right.
    const std::size_t source = columns(printable(line.source));
    if (source <= 40) source_width = std::max(source_width, source);
  }
  std::string text;
  std::string phase;
  for (const RuleLine& line : lines) {
    if (line.phase != phase) text += fmt::format("{}{}\n", phase.empty() ? "" : "\n", line.phase);
    phase = line.phase;
    std::string row = fmt::format("  {}  {}  {}", padded(printable(line.rule), rule_width),
                                  padded(printable(line.source), source_width),
                                  printable(line.what));
    if (!line.place.empty()) row += fmt::format("  ({})", line.place);
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

// ---- one request -----------------------------------------------------------------------------

/// The request that --explain describes; owns what RouteRequest looks at.
struct Question {
  std::string method = "GET";
  std::string path;
  std::string query;
  bool has_query = false;
  std::string headers;

  RouteRequest request() const { return {method, path, query, has_query, headers}; }
};

std::string without_origin(std::string target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    return slash == std::string::npos ? "/" : target.substr(slash);
  }
  return target;
}

Question question_of(const RoutesOptions& options) {
  Question question;
  std::string target = options.explain;
  if (const auto space = target.find(' '); space != std::string::npos) {
    question.method = target.substr(0, space);
    target.erase(0, target.find_first_not_of(' ', space));
  }
  target = without_origin(std::move(target));
  if (target.empty() || (target[0] != '/' && target != "*")) {
    throw UsageError(fmt::format(
        "--explain {}: expected a request like 'GET /api/hello?x=1' or '/api/hello'",
        in_quotes(options.explain)));
  }
  const auto mark = target.find('?');
  question.path = target.substr(0, mark);
  question.has_query = mark != std::string::npos;
  if (question.has_query) question.query = target.substr(mark + 1);
  bool has_host = false;
  for (const std::string& header : options.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      throw UsageError(
          fmt::format("-H {}: expected 'Name: value'", in_quotes(header)));
    }
    has_host = has_host || colon == 4;
    question.headers += header + "\r\n";
  }
  if (!has_host) question.headers += "Host: localhost\r\n";
  return question;
}

/// Where the request ends, in words and as values.
struct Shown {
  const Project& project;
  std::string text = {};
  json value = {};

  void operator()(const FunctionRoute& to) {
    text = fmt::format("function {} with path {}", printable(to.function->file),
                       printable(to.target));
    value = {{"kind", "function"}, {"file", to.function->file}, {"path", to.target}};
    add_status(to.status);
  }
  void operator()(const StaticRoute& to) {
    text = fmt::format("file {}, status {}", printable(to.file), to.status);
    value = {{"kind", "file"}, {"file", to.file}, {"status", to.status}};
  }
  void operator()(const ListingRoute& to) {
    text = fmt::format("listing of {}", printable(to.directory));
    value = {{"kind", "listing"}, {"directory", to.directory}};
  }
  void operator()(const RedirectRoute& to) {
    text = fmt::format("redirect {} to {}", to.status, printable(to.location));
    value = {{"kind", "redirect"}, {"status", to.status}, {"location", to.location}};
  }
  void operator()(const ProxyRoute& to) {
    text = fmt::format("another server: {}{}", printable(to.origin), printable(to.target));
    value = {{"kind", "proxy"}, {"url", to.origin + to.target}};
    add_status(to.status);
  }
  void operator()(const FrameworkRoute& to) {
    value = {{"kind", "app"}, {"path", to.target}};
    add_app(to.target);
    add_status(to.status);
  }
  void operator()(const ErrorRoute& to) {
    text = fmt::format("error {} {}", to.status, to.code);
    value = {{"kind", "error"}, {"status", to.status}, {"code", to.code}};
    if (!to.reason.empty()) text += ": " + to.reason;
    if (to.not_a_function == nullptr) return;
    text += fmt::format(": {} is not a function: {}", printable(to.not_a_function->file),
                        to.not_a_function->reason);
    value["notAFunction"] = {{"file", to.not_a_function->file},
                             {"line", to.not_a_function->line},
                             {"reason", to.not_a_function->reason}};
  }

 private:
  void add_app(const std::string& target) {
    const FrameworkApp app = project.framework.value_or(FrameworkApp{});
    value["framework"] = app.slug;
    if (!app.function) {
      const std::string problem = app.problem.substr(0, app.problem.find('\n'));
      text = fmt::format("the {} app with path {}, which has no entry point: {}", app.slug,
                         printable(target), printable(problem));
      value["problem"] = app.problem;
      return;
    }
    text = fmt::format("the {} app {} (`{}`; {}) with path {}", app.slug,
                       printable(app.function->file), app.function->variable,
                       printable(app.chosen_by), printable(target));
    value["file"] = app.function->file;
    value["variable"] = app.function->variable;
    value["chosenBy"] = app.chosen_by;
  }
  void add_status(int status) {
    if (status == 0) return;
    text += fmt::format(", status {}", status);
    value["status"] = status;
  }
};

std::string describe_edit(const rules::HeaderEdit& edit) {
  constexpr std::array<std::string_view, 3> kVerbs = {"set", "append to", "delete"};
  std::string text(kVerbs[static_cast<std::size_t>(edit.operation)]);
  text += " " + (edit.name.empty() ? std::string("the headers that match") : edit.name);
  for (const std::string& value : edit.values) text += " " + in_quotes(value);
  return text;
}

std::string explanation_text(const Route& route, const Trace& trace, const Shown& end) {
  std::string text;
  for (const TraceStep& step : trace) {
    text += printable(step.rule);
    if (!step.place.empty()) text += fmt::format("  ({})", step.place);
    text += fmt::format("\n    {}\n", step.outcome);
  }
  text += fmt::format("\n=> {}\n", end.text);
  std::string by = route.rule;
  if (!route.place.empty()) by += " (" + route.place + ")";
  text += fmt::format("   decided by: {}\n", printable(by));
  for (const auto& [name, value] : route.headers) {
    text += fmt::format("   header: {}: {}\n", printable(name), printable(value));
  }
  for (const auto& edit : route.request_headers) {
    text += fmt::format("   request header: {}\n", describe_edit(edit));
  }
  for (const auto& edit : route.response_headers) {
    text += fmt::format("   response header: {}\n", describe_edit(edit));
  }
  return text;
}

json explanation_json(const Question& question, const Route& route, const Trace& trace,
                      const Shown& end) {
  json steps = json::array();
  for (const TraceStep& step : trace) {
    steps.push_back({{"rule", step.rule}, {"place", step.place}, {"outcome", step.outcome}});
  }
  json headers = json::array();
  for (const auto& [name, value] : route.headers) headers.push_back({name, value});
  return {{"method", question.method}, {"path", question.path}, {"query", question.query},
          {"steps", steps},            {"result", end.value},   {"rule", route.rule},
          {"place", route.place},      {"headers", headers}};
}

void print_explanation(const Project& project, const RoutesOptions& options) {
  const Question question = question_of(options);
  Trace trace;
  const Route route = localfn::route(project, question.request(), &trace);
  Shown end{project};
  std::visit(end, route.destination);
  fmt::print("{}", options.json ? json_text(explanation_json(question, route, trace, end))
                                : explanation_text(route, trace, end));
}

}  // namespace

int run_routes(const RoutesOptions& options) {
  if (!options.explain.empty()) question_of(options);  // what is wrong with it is said at once
  ProjectSession session(options, [](const LogLine& line) {
    fmt::print(stderr, "{}\n", printable(line.text));
  });
  const auto project = session.workspace().current();
  if (!project->errors.empty()) {
    for (const auto& problem : configuration_problems(*project)) {
      fmt::print(stderr, "{}\n", problem);
    }
    return kConfigurationError;
  }
  for (const auto& warning : project->warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (!options.explain.empty()) {
    print_explanation(*project, options);
  } else {
    const auto lines = describe(*project);
    fmt::print("{}", options.json ? json_text(table_json(lines)) : table_text(lines));
  }
  return 0;
}

}  // namespace localfn::cli
