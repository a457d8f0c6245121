#include "runtime/rules/regex_start.h"

#include <cctype>

namespace localfn::rules {
namespace {

/// Whether one of several alternatives may match: then no start is common to them all.
bool has_alternatives(std::string_view expression) {
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|' && depth <= 0) {
      return true;
    }
  }
  return false;
}

/// The length of the item at the start of `rest` when it stands for the one character `out`; else 0.
std::size_t literal_item(std::string_view rest, char& out) {
  constexpr std::string_view kSpecial = "^$.*+?()[]{}|";
  const bool escaped = rest[0] == '\\';
  if (escaped && rest.size() < 2) return 0;
  out = rest[escaped ? 1 : 0];
  const auto byte = static_cast<unsigned char>(out);
  if (byte >= 0x80) return 0;  // a quantifier behind it would count for several bytes
  if (escaped) return std::ispunct(byte) != 0 && out != '_' ? 2 : 0;
  return kSpecial.find(out) == std::string_view::npos ? 1 : 0;
}

}  // namespace

RegexStart regex_start(std::string_view expression) {
  RegexStart start;
  if (!expression.starts_with('^') || has_alternatives(expression)) return start;
  std::string_view rest = expression.substr(1);
  while (!rest.empty()) {
    char character = 0;
    const std::size_t length = literal_item(rest, character);
    if (length == 0) break;
    rest.remove_prefix(length);
    const char quantifier = rest.empty() ? '\0' : rest[0];
    if (quantifier == '*' || quantifier == '?' || quantifier == '{') return start;
    start.text += character;
    if (quantifier == '+') return start;
  }
  start.is_all = rest == "$";
  return start;
}

}  // namespace localfn::rules
