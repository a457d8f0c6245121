#include "runtime/patterns/percent.h"

#include <fmt/format.h>

#include <iterator>

#include "runtime/patterns/regex_groups.h"

namespace localfn::patterns {
namespace {

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string_view also_allowed(UrlPart part) {
  switch (part) {
    case UrlPart::Host:
      return ":";
    case UrlPart::Path:
      return "/!$&'()*+,;=:@";
    case UrlPart::Query:
      return "/?!$'()*,;=:@";
    case UrlPart::Fragment:
      return "/?!$&'()*+,;=:@";
    case UrlPart::Header:
      return "";
  }
  return "";
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool stands_for_itself(char c, UrlPart part) {
  if (part == UrlPart::Header) return !is_control(c);
  return is_unreserved(c) || also_allowed(part).find(c) != std::string_view::npos;
}

bool is_unsafe(char c, UrlPart part) {
  if (is_control(c)) return true;
  if (part == UrlPart::Header) return false;
  if (static_cast<unsigned char>(c) >= 0x80) return part == UrlPart::Query;
  const std::string_view unsafe = part == UrlPart::Query ? " \"<>\\^`{|}#" : " \"<>\\^`{|}'";
  return unsafe.find(c) != std::string_view::npos;
}

void append_escape(std::string& out, char c) {
  fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const long value = text[i] == '%' ? hex_value(text, i + 1, 2) : -1;
    decoded += value < 0 ? text[i] : static_cast<char>(value);
    if (value >= 0) i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text, UrlPart part) {
  std::string encoded;
  for (const char c : text) {
    if (stands_for_itself(c, part)) {
      encoded += c;
    } else {
      append_escape(encoded, c);
    }
  }
  return encoded;
}

std::string escape_unsafe(std::string_view text, UrlPart part) {
  std::string escaped;
  for (const char c : text) {
    if (is_unsafe(c, part)) {
      append_escape(escaped, c);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace localfn::patterns
