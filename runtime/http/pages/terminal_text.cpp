#include "runtime/http/pages/terminal_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace localfn::http {
namespace {

/// Columns, counting each UTF-8 sequence as one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Where the first word ends. `code in backticks` is one word, so that it can be copied.
std::size_t word_end(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != ' ') {
    const std::size_t close = text[at] == '`' ? text.find('`', at + 1) : std::string_view::npos;
    at = close == std::string_view::npos ? at + 1 : close + 1;
  }
  return at;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      out += fmt::format("\\x{:02x}", next);  // C1 controls: some terminals obey them
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

void add_lines(std::vector<std::string>& lines, std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(visible(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_wrapped(std::vector<std::string>& lines, std::string_view sentence) {
  const std::string text = visible(sentence);
  std::string_view rest = text;
  std::string line;
  while (!rest.empty()) {
    const std::size_t end = word_end(rest);
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool begun = line.find_first_not_of(' ') != std::string::npos;
    if (begun && width(line) + 1 + width(word) > kTerminalWidth) {
      lines.push_back(std::move(line));
      line = "  ";
      line += word;
    } else {
      if (begun) line += ' ';
      line += word;
    }
  }
  if (!line.empty()) lines.push_back(std::move(line));
}

}  // namespace localfn::http
