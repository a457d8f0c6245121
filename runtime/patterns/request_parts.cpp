#include "runtime/patterns/request_parts.h"

#include <algorithm>

#include "runtime/base/ascii.h"

namespace localfn::patterns {
namespace {


std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The text before `delimiter`, which is taken away together with it.
std::string_view take_until(std::string_view& text, char delimiter) {
  const auto end = std::min(text.find(delimiter), text.size());
  const auto head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

}  // namespace

std::optional<std::pair<std::string_view, std::string_view>> HeaderReader::next() {
  while (!rest_.empty()) {
    const auto line = take_until(rest_, '\n');
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    return std::pair(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return std::nullopt;
}

std::optional<std::pair<std::string_view, std::string_view>> CookieReader::next() {
  while (!rest_.empty()) {
    const auto pair = take_until(rest_, ';');
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    return std::pair(trimmed(pair.substr(0, equals)), trimmed(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string_view> header_value(std::string_view lines, std::string_view name) {
  HeaderReader headers(lines);
  while (const auto header = headers.next()) {
    if (equal_ignoring_case(header->first, name)) return header->second;
  }
  return std::nullopt;
}

std::string host_name(std::string_view host) {
  const auto bracket = host.rfind(']');  // the colons of "[::1]:3000" before it are no port's
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string name(host.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

}  // namespace localfn::patterns
