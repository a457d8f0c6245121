// One item of a rule's `has` or `missing`: a demand on a header, a cookie, a query key or the host.
//
// The reader of vercel.json fills ConditionSpec; Condition is compiled from it once and evaluated
// by any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/patterns/regex.h"
#include "runtime/patterns/request_parts.h"

namespace localfn::patterns {

enum class ConditionType { Header, Cookie, Query, Host };

/// The object form of `value`; all operators that are given must hold.
struct ConditionOperators {
  std::optional<std::variant<std::string, double>> eq;
  std::optional<std::string> neq;
  std::optional<std::vector<std::string>> inc;
  std::optional<std::vector<std::string>> ninc;
  std::optional<std::string> pre;
  std::optional<std::string> suf;
  std::optional<std::string> re;
  std::optional<double> gt, gte, lt, lte;
};

struct ConditionSpec {
  ConditionType type = ConditionType::Header;
  std::string key;  ///< not used for the host
  /// Nothing (or an empty text): the key must be there. Text: a regular expression for all of it.
  std::variant<std::monostate, std::string, ConditionOperators> value;
};

/// What one condition found.
struct ConditionFinding {
  MatchResult result = MatchResult::NoMatch;
  /// On Match, in the order of Condition::parameter_names().
  std::vector<std::string> parameters;
  /// The value that decided, as it was compared: the one that matched, else the last one that did
  /// not. Nothing when the request has no such header, cookie or key.
  std::optional<std::string> value;
  /// Why `value` did not match ("is not 7", "does not match /x/"); empty otherwise.
  std::string reason;
};

class Condition {
 public:
  /// Throws PatternError for a regular expression that is none.
  static Condition compile(ConditionSpec spec);

  /// Named groups of the expression in order, then `host` for a host's expression; the key itself
  /// for a condition without a value.
  const std::vector<std::string>& parameter_names() const { return parameter_names_; }

  /// What it looks at: `header x-user`, `host`.
  std::string description() const;

  /// A key that occurs more than once holds when one of its values does. Query values are compared
  /// decoded, the host without port and in lower case, all else as sent.
  ConditionFinding evaluate(const ConditionRequest& request) const;

 private:
  Condition() = default;
  bool try_value(std::string value, ConditionFinding& finding) const;
  MatchResult test(const std::string& value, ConditionFinding& finding) const;
  MatchResult test_regex(const std::string& value, ConditionFinding& finding) const;

  ConditionSpec spec_;
  std::vector<std::string> parameter_names_;
  std::optional<Regex> regex_;
};

}  // namespace localfn::patterns
