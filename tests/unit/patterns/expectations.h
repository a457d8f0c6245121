// Compact forms of results, so that a table row is one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/patterns/captures.h"
#include "runtime/patterns/pattern_error.h"
#include "runtime/patterns/regex.h"

namespace localfn::patterns {

/// "no", "limit", or the groups from `first` on: "a|b", "~" for one that took no part, "(match)"
/// when there are none.
inline std::string shown(MatchResult result, const Captures& captures, std::size_t first) {
  if (result == MatchResult::NoMatch) return "no";
  if (result == MatchResult::LimitExceeded) return "limit";
  std::string text;
  for (auto i = first; i < captures.size(); ++i) {
    if (i > first) text += '|';
    text += captures.has(i) ? std::string(captures[i]) : "~";
  }
  return captures.size() <= first ? "(match)" : text;
}

/// The error that `action` throws; nothing when it throws none.
template <typename Action>
std::optional<PatternError> error_of(Action action) {
  try {
    action();
  } catch (const PatternError& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace localfn::patterns
