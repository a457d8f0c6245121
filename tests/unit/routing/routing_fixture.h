// Projects with rules, and requests put to them.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/routing/route.h"
#include "tests/support/catch.h"
#include "tests/unit/project/project_fixture.h"
#include "tests/unit/rules/rules_fixture.h"

namespace localfn::testing {

struct Show {
  std::string operator()(const FunctionRoute& r) const {
    return fmt::format("function {} {}{}", r.function->file, r.target, status(r.status));
  }
  std::string operator()(const StaticRoute& r) const {
    return fmt::format("static {} {}", r.file, r.status);
  }
  std::string operator()(const ListingRoute& r) const { return "listing " + r.directory; }
  std::string operator()(const RedirectRoute& r) const {
    return fmt::format("redirect {} {}", r.status, r.location);
  }
  std::string operator()(const ProxyRoute& r) const {
    return fmt::format("proxy {} {}{}", r.origin, r.target, status(r.status));
  }
  std::string operator()(const FrameworkRoute& r) const {
    return fmt::format("app {}{}", r.target, status(r.status));
  }
  std::string operator()(const ErrorRoute& r) const {
    if (r.not_a_function != nullptr) return "404, but " + r.not_a_function->file;
    return fmt::format("{} {}", r.status, r.code);
  }
  static std::string status(int status) {
    return status == 0 ? "" : fmt::format(" with {}", status);
  }
};

inline std::string show(const Route& route) { return std::visit(Show(), route.destination); }

inline std::string show(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    text += (text.empty() ? "" : " | ") + name + ": " + value;
  }
  return text;
}

inline RouteRequest request_for(std::string_view target, std::string_view method = "GET",
                                std::string_view headers = "") {
  const std::size_t mark = target.find('?');
  RouteRequest request;
  request.method = method;
  request.path = target.substr(0, mark);
  request.has_query = mark != std::string_view::npos;
  if (request.has_query) request.query = target.substr(mark + 1);
  request.headers = headers;
  return request;
}

/// The route, found with and without a trace: a trace changes nothing.
inline Route ask_route(const Project& project, std::string_view target,
                       std::string_view method = "GET", std::string_view headers = "") {
  const RouteRequest request = request_for(target, method, headers);
  Trace trace;
  const Route traced = route(project, request, &trace);
  Route plain = route(project, request);
  CHECK(show(traced) == show(plain));
  CHECK(show(traced.headers) == show(plain.headers));
  CHECK(traced.rule == plain.rule);
  CHECK(traced.place == plain.place);
  CHECK(!plain.rule.empty());
  return plain;
}

inline std::string ask(const Project& project, std::string_view target,
                       std::string_view method = "GET", std::string_view headers = "") {
  return show(ask_route(project, target, method, headers));
}

/// The project with these rules in place of its own.
inline std::shared_ptr<Project> with_rules(const std::shared_ptr<const Project>& project,
                                           rules::RoutingSpec spec) {
  auto copy = std::make_shared<Project>(*project);
  std::vector<rules::Problem> problems;
  copy->rules = rules::RouteTable::compile(std::move(spec), problems);
  for (const rules::Problem& problem : problems) UNSCOPED_INFO(problem.message);
  REQUIRE(problems.empty());
  return copy;
}

struct Row {
  std::string target;
  std::string expected;
};
inline void check_rows(const Project& project, std::initializer_list<Row> rows) {
  REQUIRE(project.errors.empty());
  for (const Row& row : rows) {
    INFO("request " << row.target);
    CHECK(ask(project, row.target) == row.expected);
  }
}

inline const std::string k404 = "404 NOT_FOUND";

}  // namespace localfn::testing
