// Small questions about the bytes of HTTP heads. Pure; shared by the parser of responses and the
// reader of requests.
#pragma once

#include <string>
#include <string_view>

namespace localfn {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// -1 when `c` is no hexadecimal digit.
int hex_digit(char c);

/// In double quotes, for a message: control and non-ASCII bytes as \xNN.
std::string quote(std::string_view text);

}  // namespace localfn
