#include "runtime/patterns/destination_parts.h"

#include <algorithm>

#include "runtime/base/ascii.h"

namespace localfn::patterns {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The length of `https://` at the start; 0 for a path.
std::size_t scheme_length(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  const auto length = static_cast<std::size_t>(end - text.begin());
  const bool is_scheme =
      length > 0 && is_letter(text.front()) && text.substr(length).starts_with("://");
  return is_scheme ? length + 3 : 0;
}

/// Cuts off what begins at the first of `delimiters`.
std::string_view cut_off(std::string_view& text, std::string_view delimiters) {
  const auto at = std::min(text.find_first_of(delimiters), text.size());
  const auto tail = text.substr(at);
  text = text.substr(0, at);
  return tail;
}

void split_authority(std::string_view authority, DestinationParts& parts) {
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) {
    parts.user = authority.substr(0, at + 1);
    authority.remove_prefix(at + 1);
  }
  const auto colon = authority.rfind(':');
  const auto port = colon == std::string_view::npos ? "" : authority.substr(colon);
  if (!port.empty() && std::all_of(port.begin() + 1, port.end(), is_digit)) {
    parts.port = port;
    authority = authority.substr(0, colon);
  }
  parts.hostname = authority;
}

}  // namespace

DestinationParts split_destination(std::string_view text) {
  DestinationParts parts;
  parts.fragment = cut_off(text, "#");
  const auto query = cut_off(text, "?");
  if (!query.empty()) parts.query = query.substr(1);
  const auto scheme = scheme_length(text);
  parts.scheme = text.substr(0, scheme);
  std::transform(parts.scheme.begin(), parts.scheme.end(), parts.scheme.begin(), lower);
  text.remove_prefix(scheme);
  if (scheme > 0) {
    auto authority = text;
    text = cut_off(authority, "/\\");
    split_authority(authority, parts);
  }
  parts.path = text;
  return parts;
}

}  // namespace localfn::patterns
