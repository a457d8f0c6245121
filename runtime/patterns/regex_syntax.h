// JavaScript's regular expressions (without flags) written as PCRE2's.
//
// Patterns come from vercel.json and are JavaScript's: what JavaScript refuses is refused here, and
// what the two languages read differently (`[]`, `\cX`, `{,2}`, `\8`, `$`, possessive quantifiers
// …) is spelled so that PCRE2 reads it as JavaScript does. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/patterns/regex_groups.h"

namespace localfn::patterns {

struct RegexSyntax {
  std::string pcre;
  /// False: both texts are bytes. True: the pattern names characters beyond ASCII, so that both are
  /// read as UTF-8.
  bool utf = false;
  /// True: PCRE2 numbers the groups otherwise, and group i + 1 is called pcre_group_name(i + 1).
  bool renumbered = false;
  /// One for each capturing group, in order; empty for a group without a name.
  std::vector<std::string> group_names;
  /// (offset in pcre, offset in the pattern) where items begin, ascending.
  std::vector<std::pair<std::size_t, std::size_t>> origins;

  /// Where in the pattern the byte `pcre_offset` of the translation comes from.
  std::size_t origin_of(std::size_t pcre_offset) const;
};

std::string pcre_group_name(std::size_t number);

/// Throws PatternError (InvalidRegex: JavaScript refuses it too).
RegexSyntax translate_regex(std::string_view pattern,
                            RegexDialect dialect = RegexDialect::JavaScript);

}  // namespace localfn::patterns
