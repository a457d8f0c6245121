// Any bytes as method, target and headers, put to a project with rules of every kind: no crash, the
// same answer with a trace, and the promises that the server builds on.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/routing/route.h"
#include "runtime/rules/route_table.h"

namespace localfn {
namespace {

using rules::Phase;
using rules::RuleKind;
using rules::RuleSpec;

void require(bool good) {
  if (!good) std::abort();
}

RuleSpec rule(RuleKind kind, const char* source, const char* destination = nullptr) {
  RuleSpec spec;
  spec.kind = kind;
  spec.source.text = source;
  if (destination != nullptr) spec.destination = rules::Text{destination, 0};
  if (kind == RuleKind::Redirect) spec.status = 308;
  return spec;
}

RuleSpec with_condition(RuleSpec spec, patterns::ConditionType type, const char* key) {
  rules::ConditionAt at;
  at.spec.type = type;
  at.spec.key = key;
  spec.has.push_back(at);
  return spec;
}

RuleSpec with_header(RuleSpec spec, const char* key, const char* value) {
  spec.headers.push_back({{key, 0}, {value, 0}});
  return spec;
}

rules::RoutingSpec every_kind() {
  using enum patterns::ConditionType;
  rules::RoutingSpec spec;
  spec.redirects = {rule(RuleKind::Redirect, "/r/:a/:b*", "/to/:b*?a=:a"),
                    rule(RuleKind::Redirect, "/w(.*)", "/$1"),
                    with_condition(rule(RuleKind::Redirect, "/q", "/to/:n"), Query, "n")};
  spec.rewrites = {rule(RuleKind::Rewrite, "/u/:n", "/api/u/:n"),
                   rule(RuleKind::Rewrite, "/p/:p*", "https://example.com/:p*"),
                   with_condition(rule(RuleKind::Rewrite, "/h", "/api/hello"), Host, ""),
                   with_condition(rule(RuleKind::Rewrite, "/c", "/api/hello"), Cookie, "c"),
                   rule(RuleKind::Rewrite, "/:a.:b-:c", "/:c/:b"),
                   rule(RuleKind::Rewrite, "/x((?:a+)+)y", "/api/hello?$1")};
  spec.headers = {with_header(rule(RuleKind::Headers, "/:a(.*)"), "x-a", ":a"),
                  with_header(with_condition(rule(RuleKind::Headers, "/(.*)"), Query, "v"), "x-v", ":v")};
  RuleSpec leads_on = rule(RuleKind::Route, "/on/(.*)", "$1$1");
  leads_on.continues = true;
  RuleSpec miss = rule(RuleKind::Route, "/([^/]*)", "/docs/$1");
  miss.check = true;
  miss.phase = Phase::Miss;
  spec.routes = {leads_on, miss};
  return spec;
}

std::unique_ptr<Project> make_project(bool slashes) {
  auto project = std::make_unique<Project>();
  const auto add = [&project](const char* file, const char* path) {
    auto function = std::make_shared<Function>();
    function->file = file;
    function->path = path;
    project->functions[path] = function;
    project->served[path] = {function, {}, false};
    return function;
  };
  add("api/hello.py", "api/hello");
  project->dynamic_routes.push_back(
      {add("api/u/[id].py", "api/u/[id]"), {{"api", ""}, {"u", ""}, {"", "id"}}});
  project->has_functions = true;
  project->served["docs/a"] = {nullptr, "docs/a", false};
  project->static_files["docs/a"] = "docs/a";
  project->directories = {"", "docs"};
  rules::RoutingSpec spec = every_kind();
  if (slashes) spec.clean_urls = spec.trailing_slash = true;
  std::vector<rules::Problem> problems;
  project->rules = rules::RouteTable::compile(std::move(spec), problems);
  require(problems.empty());
  return project;
}

std::string_view take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto line = bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  return line;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check(const Project& project, const RouteRequest& request) {
  Trace trace;
  const Route traced = route(project, request, &trace);
  const Route plain = route(project, request);
  require(traced.destination.index() == plain.destination.index());
  require(traced.headers == plain.headers && traced.rule == plain.rule && !plain.rule.empty());
  for (const auto& [name, value] : plain.headers) require(is_one_line(value));
  if (const auto* function = std::get_if<FunctionRoute>(&plain.destination)) {
    require(function->function != nullptr && function->target.starts_with('/'));
    const std::size_t mark = function->target.find('?');
    // The client's query is there byte for byte.
    if (request.has_query) {
      require(function->target.compare(mark + 1, request.query.size(), request.query) == 0);
    }
  }
  if (const auto* redirect = std::get_if<RedirectRoute>(&plain.destination)) {
    require(!redirect->location.starts_with("//") && is_one_line(redirect->location));
  }
}

}  // namespace
}  // namespace localfn

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace localfn;
  static const auto plain = make_project(false);
  static const auto slashed = make_project(true);
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RouteRequest request;
  request.method = take_line(bytes);
  std::string target(take_line(bytes));
  // The head's parser lets no control characters into a target.
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F) return 0;
  }
  const std::size_t mark = target.find('?');
  request.path = std::string_view(target).substr(0, mark);
  request.has_query = mark != std::string::npos;
  if (request.has_query) request.query = std::string_view(target).substr(mark + 1);
  request.headers = bytes;
  check(*plain, request);
  check(*slashed, request);
  return 0;
}
