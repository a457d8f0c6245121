// The `source` of a rule, whichever language it is written in: a path pattern (redirects, rewrites,
// headers) or a regular expression (routes).
//
// Compiled while vercel.json is read, matched by any thread. Paths that are matched start with
// exactly one slash: the router sees to that.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/patterns/path_pattern.h"
#include "runtime/patterns/regex.h"

namespace localfn::rules {

class SourcePattern {
 public:
  /// Both throw PatternError; its offset is one into `source`.
  static SourcePattern of_path(std::string_view source);
  /// `^` and `$` are added where they are missing; asked of the path, then of the path without its
  /// leading slash (specification 4.6).
  static SourcePattern of_route(std::string_view source);

  /// The parameters in order, empty for a group without a name.
  const std::vector<std::string>& names() const;

  /// It matches exactly one path, prefix().
  bool is_literal() const;
  /// Every path that matches starts with this.
  const std::string& prefix() const;

  patterns::MatchResult match(std::string_view path, patterns::Captures& captures) const;

 private:
  struct Route {
    std::string prefix;
    bool asks_without_slash = true;  ///< it may match a text that starts with no slash
    std::optional<patterns::Regex> regex;  ///< nothing: literal
  };

  explicit SourcePattern(patterns::PathPattern pattern) : pattern_(std::move(pattern)) {}
  explicit SourcePattern(Route route) : pattern_(std::move(route)) {}

  std::variant<patterns::PathPattern, Route> pattern_;
};

}  // namespace localfn::rules
