// C++ source as the architecture rules look at it: what it includes, and its code without comments
// and literals. A scanner for these two questions, not a parser. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn::architecture {

/// The text with every comment, and the inside of every string and character literal, replaced by
/// spaces; line breaks stay where they are. `keep_strings` leaves string literals as they are.
std::string without_comments(std::string_view text, bool keep_strings);

struct Include {
  std::string target;   ///< what stands between the delimiters
  bool quoted = false;  ///< "…" rather than <…>
  int line = 0;
};

/// The #include lines outside comments, in order.
std::vector<Include> includes_of(std::string_view text);

}  // namespace localfn::architecture
