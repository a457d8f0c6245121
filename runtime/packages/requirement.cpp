#include "runtime/packages/requirement.h"

#include "runtime/base/ascii.h"

namespace localfn::packages {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool joins(char c) { return c == '-' || c == '_' || c == '.'; }

/// How many characters at the start are a name; 0: it begins with none.
std::size_t name_length(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_letter_or_digit(text[end]) || joins(text[end]))) ++end;
  while (end > 0 && joins(text[end - 1])) --end;
  return end > 0 && is_letter_or_digit(text[0]) ? end : 0;
}

/// What may stand behind a name: extras, versions, an address, a marker, or nothing.
bool may_follow_name(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || std::string_view("[(<>=!~@;,").find(rest[0]) != std::string_view::npos;
}

/// Where the marker's semicolon is. That of an address has a space before it.
std::size_t marker_start(std::string_view text) {
  const bool address = text.find('@') != std::string_view::npos;
  const std::size_t found = address ? text.find(" ;") : text.find(';');
  return address && found != std::string_view::npos ? found + 1 : found;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string normalized(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (!joins(c)) {
      result += lower(c);
    } else if (result.empty() || result.back() != '-') {
      result += '-';
    }
  }
  return result;
}

std::optional<Requirement> parse_requirement(std::string_view text) {
  text = trimmed(text);
  const std::size_t length = name_length(text);
  if (length == 0 || !may_follow_name(text.substr(length))) return {};
  Requirement requirement;
  requirement.shown = text.substr(0, length);
  requirement.name = normalized(requirement.shown);
  requirement.text = text;
  if (const std::size_t at = marker_start(text); at != std::string_view::npos) {
    requirement.marker = trimmed(text.substr(at + 1));
  }
  return requirement;
}

}  // namespace localfn::packages
