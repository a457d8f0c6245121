// Percent-encoding: what may stand as it is in which part of a URL or header.
#pragma once

#include <string>
#include <string_view>

namespace localfn::patterns {

/// Where a text is put.
enum class UrlPart {
  Host,
  Path,
  Query,  ///< the key or value of a pair: `&`, `+` and `#` would end or change it
  Fragment,
  Header,  ///< a header's value: anything but control characters
};

/// `%41` → `A`; a `%` without two hexadecimal digits stays.
std::string percent_decode(std::string_view text);

/// For text that is not part of a URL yet (the value of a header, a cookie, a decoded query): every
/// byte that would not stand for itself there is escaped, `%` too (but not in a header).
std::string percent_encode(std::string_view text, UrlPart part);

/// For text that its author wrote as part of a URL: escapes and delimiters stay as they are, only
/// spaces, control characters, quotes and the like are escaped, and bytes beyond ASCII in a query.
std::string escape_unsafe(std::string_view text, UrlPart part);

}  // namespace localfn::patterns
