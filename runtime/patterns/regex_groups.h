// First look at a regular expression: its capturing groups and the alphabet it needs.
//
// `\2` and `\k<name>` mean different things when the group exists, and it may come later in the
// pattern, so the groups are counted before anything is translated.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localfn::patterns {

enum class RegexDialect {
  JavaScript,
  /// `routes[].src`: knows POSIX classes too, `[[:alpha:]]` and `[:alpha:]`, and names of groups as
  /// PCRE writes them, `(?P<name>…)` and `(?'name'…)`.
  LegacyRoute,
};

struct RegexGroups {
  std::vector<std::string> names;  ///< one for each capturing group, empty without a name
  bool any_named = false;
  bool utf = false;  ///< the pattern names a character beyond ASCII

  /// The number of the group `name`, from 1; 0 when there is none.
  std::size_t number_of(std::string_view name) const;
};

/// Throws PatternError for a name that is none, or that occurs twice.
RegexGroups find_groups(std::string_view pattern, RegexDialect dialect);

/// The length of the name at the start of `text` if `end` follows it; 0 when there is no such name.
std::size_t group_name_length(std::string_view text, char end = '>');

/// What stands before and after the name of a group.
struct NameMarks {
  std::size_t before = 0;  ///< characters: 2 for `?<`
  char after = '>';
};

/// Of `text`, what follows a `(`: `?<` of a name; in legacy routes `?P<` and `?'`, too. Nothing
/// for any other group.
std::optional<NameMarks> name_marks(std::string_view text, RegexDialect dialect);

/// One character of UTF-8 at `position`, which is moved behind it. Throws PatternError when the
/// bytes are no UTF-8.
char32_t next_character(std::string_view pattern, std::size_t& position);

/// The value of `count` hexadecimal digits at `position`; -1 when they are not there.
long hex_value(std::string_view pattern, std::size_t position, std::size_t count);

}  // namespace localfn::patterns
