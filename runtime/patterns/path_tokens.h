// The words of a path pattern such as `/users/:id(\d+)/{-:tab}?`, as path-to-regexp 6.1 reads them.
//
// Used for the `source` of a rule and for its destination, which has the same words. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace localfn::patterns {

/// Plain text, or a group: a parameter, or plain text in braces (then `pattern` is empty).
struct PathToken {
  bool is_text = false;
  std::string text;    ///< of plain text, escapes resolved
  std::string name;    ///< empty for a group without a name
  std::string prefix;  ///< text that comes and goes with the group
  std::string suffix;
  std::string pattern;             ///< a regular expression
  char modifier = 0;               ///< 0, '?', '*' or '+'
  bool own_pattern = false;        ///< the pattern was written, at `pattern_offset`
  std::size_t pattern_offset = 0;  ///< in the source, of the first byte of the pattern

  bool is_parameter() const { return !is_text && !pattern.empty(); }
};

/// `default_pattern`: what a parameter without a pattern of its own matches.
/// Throws PatternError (InvalidPattern) with path-to-regexp's message.
std::vector<PathToken> parse_path(std::string_view source, std::string_view default_pattern);

/// What a parameter matches in a `source` (delimiter `/`) and in the parts of a destination.
inline constexpr std::string_view kSourceDefaultPattern = R"([^\/]+?)";
inline constexpr std::string_view kDestinationDefaultPattern = R"([^\/#\?]+?)";

}  // namespace localfn::patterns
