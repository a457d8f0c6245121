// Text of functions and of ours, made fit for the terminal. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn::http {

/// Lines stand under the access line, indented by two columns.
inline constexpr std::size_t kTerminalWidth = 78;

/// Makes what would steer the terminal visible: ESC becomes `\x1b`. Tabs and UTF-8 stay.
std::string visible(std::string_view text);

/// Appends `text` line by line as it is (made visible): tracebacks and output of functions.
void add_lines(std::vector<std::string>& lines, std::string_view text);

/// Appends `sentence` broken at spaces; lines after the first are indented by two.
void add_wrapped(std::vector<std::string>& lines, std::string_view sentence);

}  // namespace localfn::http
