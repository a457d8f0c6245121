#include "runtime/patterns/condition.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/patterns/condition_operators.h"
#include "runtime/patterns/query.h"

namespace localfn::patterns {
namespace {

const char* type_name(ConditionType type) {
  switch (type) {
    case ConditionType::Header:
      return "header";
    case ConditionType::Cookie:
      return "cookie";
    case ConditionType::Query:
      return "query";
    case ConditionType::Host:
      return "host";
  }
  return "";
}

/// The regular expression of a condition; nullptr when it has none.
const std::string* expression(const ConditionSpec& spec) {
  if (const auto* text = std::get_if<std::string>(&spec.value)) {
    return text->empty() ? nullptr : text;
  }
  const auto* operators = std::get_if<ConditionOperators>(&spec.value);
  return operators != nullptr && operators->re ? &*operators->re : nullptr;
}

/// Without a value a condition asks only whether the key is there. An empty text is no value.
bool asks_for_presence(const ConditionSpec& spec) {
  return !std::holds_alternative<ConditionOperators>(spec.value) && expression(spec) == nullptr;
}

/// Calls `visit(value)` for each value of the condition's key until it returns true.
template <typename Visit>
void for_each_value(const ConditionSpec& spec, const ConditionRequest& request, Visit visit) {
  if (spec.type == ConditionType::Host) {
    if (!request.host.empty()) visit(host_name(request.host));
    return;
  }
  if (spec.type == ConditionType::Query) {
    QueryReader pairs(request.query);
    while (const auto pair = pairs.next()) {
      if (decode_query_text(pair->key) == spec.key && visit(decode_query_text(pair->value))) return;
    }
    return;
  }
  HeaderReader headers(request.headers);
  while (const auto header = headers.next()) {
    if (spec.type == ConditionType::Header) {
      const bool same = equal_ignoring_case(header->first, spec.key);
      if (same && visit(std::string(header->second))) return;
    } else if (equal_ignoring_case(header->first, "cookie")) {
      CookieReader cookies(header->second);
      while (const auto cookie = cookies.next()) {
        if (cookie->first == spec.key && visit(std::string(cookie->second))) return;
      }
    }
  }
}

}  // namespace

Condition Condition::compile(ConditionSpec spec) {
  Condition condition;
  if (const auto* text = expression(spec)) {
    condition.regex_ = Regex::compile(*text, Regex::Form::Whole);
    for (const auto& name : condition.regex_->group_names()) {
      if (!name.empty()) condition.parameter_names_.push_back(name);
    }
    if (spec.type == ConditionType::Host) condition.parameter_names_.emplace_back("host");
  } else if (asks_for_presence(spec)) {
    condition.parameter_names_.push_back(spec.type == ConditionType::Host ? "host" : spec.key);
  }
  condition.spec_ = std::move(spec);
  return condition;
}

std::string Condition::description() const {
  if (spec_.type == ConditionType::Host) return type_name(spec_.type);
  return fmt::format("{} {}", type_name(spec_.type), spec_.key);
}

ConditionFinding Condition::evaluate(const ConditionRequest& request) const {
  ConditionFinding finding;
  for_each_value(spec_, request, [this, &finding](std::string value) {
    return try_value(std::move(value), finding);
  });
  return finding;
}

/// True when no other value needs to be looked at.
bool Condition::try_value(std::string value, ConditionFinding& finding) const {
  finding.reason.clear();
  finding.result = test(value, finding);
  finding.value = std::move(value);
  return finding.result != MatchResult::NoMatch;
}

MatchResult Condition::test(const std::string& value, ConditionFinding& finding) const {
  if (asks_for_presence(spec_)) {
    finding.parameters = {value};
    return MatchResult::Match;
  }
  if (const auto* operators = std::get_if<ConditionOperators>(&spec_.value)) {
    finding.reason = failed_operator(*operators, value);
    if (!finding.reason.empty()) return MatchResult::NoMatch;
  }
  return regex_ ? test_regex(value, finding) : MatchResult::Match;
}

MatchResult Condition::test_regex(const std::string& value, ConditionFinding& finding) const {
  Captures captures;
  const auto result = regex_->match(value, captures);
  if (result != MatchResult::Match) {
    finding.reason = fmt::format("does not match /{}/", *expression(spec_));
    return result;
  }
  const auto& names = regex_->group_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) finding.parameters.emplace_back(captures[i + 1]);
  }
  if (spec_.type == ConditionType::Host) finding.parameters.push_back(value);
  return result;
}

}  // namespace localfn::patterns
