#include "runtime/cli/answerer.h"

#include <fmt/format.h>

#include <variant>

#include "runtime/routing/route.h"

namespace localfn::cli {
namespace {

http::LocalRequest request_of(const probes::Probe& probe) {
  http::LocalRequest request{probe.method, probe.path, {}, probe.body};
  for (const auto& [name, value] : probe.headers) request.headers.emplace_back(name, value);
  std::string cookies;
  for (const auto& [name, value] : probe.cookies) {
    cookies += fmt::format("{}{}={}", cookies.empty() ? "" : "; ", name, value);
  }
  if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
  return request;
}

probes::Response response_of(http::LocalAnswer answer, Clock::time_point began) {
  probes::Response response;
  response.took = std::chrono::duration_cast<microseconds>(Clock::now() - began);
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.body = std::move(answer.body);
  response.cut = answer.cut;
  return response;
}

std::string name_of(const Project& project, const Destination& destination) {
  if (const auto* to = std::get_if<FunctionRoute>(&destination)) return to->function->file;
  if (const auto* to = std::get_if<StaticRoute>(&destination)) return to->file;
  if (std::holds_alternative<FrameworkRoute>(destination)) {
    const bool known = project.framework && project.framework->function;
    return known ? project.framework->function->file : "";
  }
  return {};
}

}  // namespace

void Told::line(const LogLine& line) {
  const std::lock_guard lock(mutex_);
  if (line.invocation.empty()) return;
  all_[line.invocation].lines.push_back(line.text);
}

void Told::account(const Record& record, const std::vector<std::string>& explanation) {
  const std::lock_guard lock(mutex_);
  auto& told = all_[record.id];
  told.record = record;
  told.lines.insert(told.lines.end(), explanation.begin(), explanation.end());
}

void Told::take(const std::string& id, Record& record, std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex_);
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  record = std::move(found->second.record);
  lines = std::move(found->second.lines);
  all_.erase(found);
}

Answered ProjectAnswerer::ask(const probes::Probe& probe) {
  const auto began = Clock::now();
  auto answer = engine_.call(request_of(probe));
  const std::string* const header = answer.header("x-vercel-id");
  const std::string id = header == nullptr ? "" : *header;
  Answered answered;
  answered.response = response_of(std::move(answer), began);
  Record record;
  told_.take(id, record, answered.log);
  answered.function = record.function;
  return answered;
}

std::string ProjectAnswerer::answered_by(const probes::Probe& probe) {
  const auto project = engine_.project();
  const std::string_view target = probe.path;
  const auto mark = target.find('?');
  std::string headers;
  for (const auto& [name, value] : probe.headers) headers += name + ": " + value + "\r\n";
  const RouteRequest request{probe.method, target.substr(0, mark),
                             mark == target.npos ? "" : target.substr(mark + 1),
                             mark != target.npos, headers};
  return name_of(*project, route(*project, request).destination);
}

Answered RemoteAnswerer::ask(const probes::Probe& probe) {
  http::LocalRequest request = request_of(probe);
  if (!bypass_.empty()) request.headers.emplace_back("x-vercel-protection-bypass", bypass_);
  const auto began = Clock::now();
  auto [answer, problem] = server_.ask(request);
  Answered answered;
  answered.response = response_of(std::move(answer), began);
  answered.problem = std::move(problem);
  return answered;
}

std::string RemoteAnswerer::answered_by(const probes::Probe& probe) {
  return probe.path.substr(0, probe.path.find('?'));
}

}  // namespace localfn::cli
