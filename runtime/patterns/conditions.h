// The `has` and `missing` of one rule together.
//
// Evaluated by any thread, after the rule's source has matched: looking at headers costs more than
// looking at the path.
#pragma once

#include <string>
#include <vector>

#include "runtime/patterns/condition.h"

namespace localfn::patterns {

class Conditions {
 public:
  Conditions() = default;
  Conditions(std::vector<Condition> has, std::vector<Condition> missing);

  bool empty() const { return has_.empty() && missing_.empty(); }

  /// What `has` contributes to a destination, each name once. `missing` has no parameters.
  const std::vector<std::string>& parameter_names() const { return parameter_names_; }

  /// Match: every `has` holds and no `missing` does; `parameters` are then in the order of
  /// parameter_names(). LimitExceeded: an expression ran out of its budget.
  /// `why` may be null; otherwise it tells, unless all is well, the first condition that decided:
  /// `has header x-user: "eve" is not "bob"`.
  MatchResult evaluate(const ConditionRequest& request, std::vector<std::string>& parameters,
                       std::string* why = nullptr) const;

 private:
  void store(const Condition& condition, const ConditionFinding& finding,
             std::vector<std::string>& parameters) const;

  std::vector<Condition> has_;
  std::vector<Condition> missing_;
  std::vector<std::string> parameter_names_;
};

}  // namespace localfn::patterns
