#include "runtime/rules/key_matcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/patterns/condition_operators.h"
#include "runtime/patterns/regex.h"

namespace localfn::rules {
namespace {

using patterns::ConditionOperators;
using patterns::Regex;

void to_lower(std::string& text) { text = lower_case(text); }

void to_lower(std::vector<std::string>& list) {
  for (std::string& text : list) to_lower(text);
}

void to_lower(std::variant<std::string, double>& value) {
  if (auto* text = std::get_if<std::string>(&value)) to_lower(*text);
}

template <typename Value>
void to_lower(std::optional<Value>& value) {
  if (value) to_lower(*value);
}

class OperatorsMatcher final : public KeyMatcher {
 public:
  explicit OperatorsMatcher(ConditionOperators operators) : operators_(std::move(operators)) {
    if (operators_.re) regex_ = Regex::compile(*operators_.re, Regex::Form::Whole);
    to_lower(operators_.eq);
    to_lower(operators_.neq);
    to_lower(operators_.inc);
    to_lower(operators_.ninc);
    to_lower(operators_.pre);
    to_lower(operators_.suf);
  }

  bool matches(std::string_view name) const override {
    if (!patterns::failed_operator(operators_, name).empty()) return false;
    if (!regex_) return true;
    patterns::Captures captures;
    return regex_->match(name, captures) == patterns::MatchResult::Match;
  }

 private:
  ConditionOperators operators_;
  std::optional<Regex> regex_;
};

}  // namespace

std::shared_ptr<const KeyMatcher> match_keys(const ConditionOperators& operators) {
  return std::make_shared<OperatorsMatcher>(operators);
}

}  // namespace localfn::rules
