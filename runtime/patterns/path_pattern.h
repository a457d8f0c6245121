// The `source` of a redirect, rewrite or headers rule: a path pattern as path-to-regexp 6.1 has it.
//
// Compiled while the configuration is read, matched by any thread. A source without parameters and
// groups is literal: a table looks it up, and no regular expression is made for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/captures.h"
#include "runtime/patterns/regex.h"

namespace localfn::patterns {

class PathPattern {
 public:
  /// Throws PatternError; the kinds come in the platform's order: InvalidRegex (the source is no
  /// JavaScript regular expression), InvalidPattern (it is no path pattern), Unsupported.
  static PathPattern compile(std::string_view source);

  /// The parameters in order, empty for `(…)` without a name: parameter i is `$i+1`.
  const std::vector<std::string>& names() const { return names_; }

  /// The pattern matches exactly one path, literal().
  bool is_literal() const { return !regex_.has_value(); }
  const std::string& literal() const { return prefix_; }

  /// Every path that matches starts with this; for a literal pattern it is the whole path.
  const std::string& literal_prefix() const { return prefix_; }
  /// And ends with this; empty for a literal pattern.
  const std::string& literal_suffix() const { return suffix_; }

  /// What the platform makes of the source, for `localfn routes --explain`.
  const std::string& regex_source() const { return regex_source_; }

  /// `path` as sent, percent-encoded. Case and a slash at the end count.
  MatchResult match(std::string_view path, Captures& captures) const;

 private:
  PathPattern() = default;

  std::vector<std::string> names_;
  std::string prefix_;
  std::string suffix_;
  std::string regex_source_;
  std::optional<Regex> regex_;
};

}  // namespace localfn::patterns
