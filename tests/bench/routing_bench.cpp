// Cost of routing one request, by number and kind of rules: no sockets, no host. Not a test; build
// in release and run it alone: routing_bench [LOOPS] [ROUNDS]. Prints the best round of each row.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/routing/route.h"
#include "runtime/rules/route_table.h"

using namespace localfn;
using rules::RuleKind;
using rules::RuleSpec;

namespace {

RuleSpec rule(RuleKind kind, std::string source, std::string destination) {
  RuleSpec spec;
  spec.kind = kind;
  spec.source.text = std::move(source);
  if (!destination.empty()) spec.destination = rules::Text{std::move(destination), 0};
  if (kind == RuleKind::Redirect) spec.status = 308;
  if (kind == RuleKind::Headers) spec.headers.push_back({{"x-a", 0}, {"1", 0}});
  return spec;
}

rules::RoutingSpec mixed(std::size_t count) {
  rules::RoutingSpec spec;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    switch (i % 4) {
      case 0: spec.redirects.push_back(rule(RuleKind::Redirect, "/old/" + n, "/new/" + n)); break;
      case 1: spec.rewrites.push_back(rule(RuleKind::Rewrite, "/r" + n + "/:id", "/api/hello")); break;
      case 2: spec.headers.push_back(rule(RuleKind::Headers, "/h" + n + "/(.*)", "")); break;
      case 3: spec.routes.push_back(rule(RuleKind::Route, "/s" + n + "/(\\d+)", "/api/hello")); break;
    }
  }
  return spec;
}

rules::RoutingSpec rewrites(std::size_t count) {
  rules::RoutingSpec spec;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    spec.rewrites.push_back(rule(RuleKind::Rewrite, "/blog/" + n + "-:slug", "/api/hello"));
  }
  return spec;
}

// What begins alike cannot be told apart by its beginning.
rules::RoutingSpec alike(std::size_t count) {
  rules::RoutingSpec spec;
  for (std::size_t i = 0; i < count; ++i) {
    spec.rewrites.push_back(rule(RuleKind::Rewrite, "/blog/:slug-" + std::to_string(i), "/api/hello"));
  }
  return spec;
}

rules::RoutingSpec redirects(std::size_t count) {
  rules::RoutingSpec spec;
  for (std::size_t i = 0; i < count; ++i) {
    spec.redirects.push_back(rule(RuleKind::Redirect, "/old/" + std::to_string(i), "/new"));
  }
  return spec;
}

std::unique_ptr<Project> make_project(rules::RoutingSpec spec) {
  auto project = std::make_unique<Project>();
  auto function = std::make_shared<Function>();
  function->file = "api/hello.py";
  function->path = "api/hello";
  project->functions["api/hello"] = function;
  project->served["api/hello"] = {function, {}, false};
  project->has_functions = true;
  std::vector<rules::Problem> problems;
  project->rules = rules::RouteTable::compile(std::move(spec), problems);
  if (!problems.empty()) std::abort();
  return project;
}

double nanoseconds_each(const Project& project, const RouteRequest& request, int loops) {
  std::size_t kinds = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < loops; ++i) kinds += route(project, request).destination.index() + 1;
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  if (kinds < static_cast<std::size_t>(loops)) std::abort();
  return spent.count() / loops;
}

void measure(const char* name, const Project& project, std::string_view path, int loops, int rounds) {
  RouteRequest request;
  request.method = "GET";
  request.path = path;
  double best = nanoseconds_each(project, request, loops);
  for (int i = 1; i < rounds; ++i) best = std::min(best, nanoseconds_each(project, request, loops));
  fmt::print("{:<24} {:<28} {:>10.0f} ns\n", name, path, best);
}

}  // namespace

int main(int count, char** arguments) {
  const int loops = count > 1 ? std::max(std::atoi(arguments[1]), 1) : 20000;
  const int rounds = count > 2 ? std::max(std::atoi(arguments[2]), 1) : 5;
  const std::pair<const char*, rules::RoutingSpec> tables[] = {
      {"no rules", {}},
      {"10 mixed", mixed(10)},
      {"100 mixed", mixed(100)},
      {"2000 mixed", mixed(2000)},
      {"2000 rewrites", rewrites(2000)},
      {"2000 rewrites alike", alike(2000)},
      {"2000 literal redirects", redirects(2000)},
  };
  for (const auto& [name, spec] : tables) {
    const auto project = make_project(spec);
    for (const char* path : {"/api/hello", "/nothing/here/at/all", "/blog/1999x"}) {
      measure(name, *project, path, loops, rounds);
    }
  }
  const auto project = make_project(mixed(2000));
  measure("2000 mixed, match", *project, "/old/1996", loops, rounds);
  measure("2000 mixed, match", *project, "/r1997/42", loops, rounds);
  return 0;
}
