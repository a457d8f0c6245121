// Text in columns, as a terminal counts them, and JSON that a terminal can show. Pure; any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace localfn::cli {

/// How many columns `text` takes: one for each character of UTF-8.
std::size_t columns(std::string_view text);

/// `text` and blanks up to `width` columns; longer text stays as it is.
std::string padded(const std::string& text, std::size_t width);

/// At most `width` columns of `text`; what is cut ends with "…".
std::string cut(const std::string& text, std::size_t width);

/// Indented and with a newline. Bytes that are no UTF-8 become U+FFFD: the name of a file must not
/// be the end of an output.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace localfn::cli
