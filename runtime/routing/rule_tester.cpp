#include "runtime/routing/rule_tester.h"

#include <fmt/format.h>

#include "runtime/project/text.h"

namespace localfn {

using patterns::MatchResult;
using rules::CompiledRule;

const patterns::ConditionRequest& RuleTester::condition_request() {
  if (!condition_request_) {
    const auto host = patterns::header_value(request_.headers, "host");
    condition_request_ = {request_.headers, request_.query, host.value_or(std::string_view())};
  }
  return *condition_request_;
}

MatchResult RuleTester::test(const CompiledRule& rule, std::string_view path) {
  if (!rule.allows(request_.method)) {
    if (tracer_) {
      tracer_.add_at(rule.name, rule.place, "no: method is " + printable(request_.method));
    }
    return MatchResult::NoMatch;
  }
  MatchResult result = rule.source.match(path, captures_);
  if (result == MatchResult::NoMatch && tracer_) {
    tracer_.add_at(rule.name, rule.place, "no: path is " + printable(path));
  }
  if (result != MatchResult::Match) return result;
  condition_values_.clear();
  if (rule.conditions.empty()) return result;
  std::string why;
  result = rule.conditions.evaluate(condition_request(), condition_values_,
                                    tracer_ ? &why : nullptr);
  if (result == MatchResult::NoMatch && tracer_) {
    tracer_.add_at(rule.name, rule.place, "no: " + printable(why));
  }
  return result;
}

std::string RuleTester::shown_parameters(const CompiledRule& rule) const {
  std::string shown;
  const auto add = [&shown](std::string_view name, std::string_view value) {
    if (!shown.empty()) shown += ", ";
    shown.append(name).append("=").append(printable(value));
  };
  const patterns::ParameterNames names = rule.names();
  for (std::size_t i = 0; i < names.source.size(); ++i) {
    if (!captures_.has(i + 1)) continue;
    add(names.source[i].empty() ? fmt::format("${}", i + 1) : printable(names.source[i]),
        captures_[i + 1]);
  }
  for (std::size_t i = 0; i < names.conditions.size() && i < condition_values_.size(); ++i) {
    add(printable(names.conditions[i]), condition_values_[i]);
  }
  return shown;
}

}  // namespace localfn
