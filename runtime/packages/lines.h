// The lines of a text file, one after another.
#pragma once

#include <algorithm>
#include <string_view>

namespace localfn::packages {

/// Calls `each` with every line, without its end, until that returns false.
template <typename Each>
void for_lines(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!each(line)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace localfn::packages
