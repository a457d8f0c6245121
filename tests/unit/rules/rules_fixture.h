// Rules written by hand, as the reader of vercel.json would hand them over.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/rules/route_table.h"

namespace localfn::testing {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline rules::RuleSpec make_rule(rules::RuleKind kind, std::string source,
                                 std::string destination = {}) {
  rules::RuleSpec rule;
  rule.kind = kind;
  rule.source = {std::move(source), 100};
  if (!destination.empty()) rule.destination = rules::Text{std::move(destination), 200};
  return rule;
}

inline rules::RuleSpec redirect(std::string source, std::string destination, int status = 308) {
  auto rule = make_rule(rules::RuleKind::Redirect, std::move(source), std::move(destination));
  rule.status = status;
  return rule;
}
inline rules::RuleSpec rewrite(std::string source, std::string destination) {
  return make_rule(rules::RuleKind::Rewrite, std::move(source), std::move(destination));
}
inline void set_headers(rules::RuleSpec& rule, const Pairs& headers) {
  for (const auto& [key, value] : headers) rule.headers.push_back({{key, 0}, {value, 0}});
}
inline rules::RuleSpec headers(std::string source, const Pairs& pairs) {
  auto rule = make_rule(rules::RuleKind::Headers, std::move(source));
  set_headers(rule, pairs);
  return rule;
}

/// What an item of `routes` may have besides src and dest.
struct RouteOptions {
  int status = 0;
  bool continues = false;
  bool check = false;
  Pairs headers = {};
  std::vector<std::string> methods = {};
  rules::Phase phase = rules::Phase::Start;
};
inline rules::RuleSpec legacy(std::string source, std::string destination = {},
                              const RouteOptions& options = {}) {
  auto rule = make_rule(rules::RuleKind::Route, std::move(source), std::move(destination));
  if (options.status != 0) rule.status = options.status;
  rule.continues = options.continues;
  rule.check = options.check;
  rule.methods = options.methods;
  rule.phase = options.phase;
  set_headers(rule, options.headers);
  return rule;
}

inline rules::ConditionAt condition(patterns::ConditionType type, std::string key) {
  rules::ConditionAt at;
  at.spec.type = type;
  at.spec.key = std::move(key);
  return at;
}
inline rules::ConditionAt condition(patterns::ConditionType type, std::string key,
                                    std::string value) {
  auto at = condition(type, std::move(key));
  at.spec.value = std::move(value);
  return at;
}
inline rules::RuleSpec with_has(rules::RuleSpec rule, rules::ConditionAt item) {
  rule.has.push_back(std::move(item));
  return rule;
}
inline rules::RuleSpec with_missing(rules::RuleSpec rule, rules::ConditionAt item) {
  rule.missing.push_back(std::move(item));
  return rule;
}

inline rules::TransformSpec transform(rules::TransformSpec::Type type,
                                      rules::TransformSpec::Operation operation,
                                      rules::TransformSpec::Key key,
                                      const std::vector<std::string>& arguments = {},
                                      std::vector<std::string> env = {}) {
  rules::TransformSpec spec;
  spec.type = type;
  spec.operation = operation;
  spec.key = std::move(key);
  for (const std::string& argument : arguments) spec.arguments.push_back({argument, 0});
  spec.env = std::move(env);
  return spec;
}
inline rules::RuleSpec with_transform(rules::RuleSpec rule, rules::TransformSpec item) {
  rule.transforms.push_back(std::move(item));
  return rule;
}

/// Sorts the rules into their arrays and numbers them.
inline rules::RoutingSpec spec_of(std::initializer_list<rules::RuleSpec> list) {
  rules::RoutingSpec spec;
  const auto add = [](std::vector<rules::RuleSpec>& array, rules::RuleSpec rule) {
    rule.index = array.size();
    rule.offset = 1000 + array.size();
    array.push_back(std::move(rule));
  };
  for (const rules::RuleSpec& rule : list) {
    switch (rule.kind) {
      case rules::RuleKind::Redirect: add(spec.redirects, rule); break;
      case rules::RuleKind::Rewrite: add(spec.rewrites, rule); break;
      case rules::RuleKind::Headers: add(spec.headers, rule); break;
      case rules::RuleKind::Route:
        add(spec.routes, rule);
        spec.last_phase = rule.phase;
        break;
    }
  }
  spec.place_of = [](std::size_t offset) { return "vercel.json:" + std::to_string(offset); };
  return spec;
}

}  // namespace localfn::testing
