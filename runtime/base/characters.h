// The character classes of HTTP messages (RFC 9110, section 5.6) and comparison without case.
//
// Pure, locale-free; used by the host's parser of requests and writer of answers and by the worker's
// counterparts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/ascii.h"

namespace localfn {

namespace character_class {
inline constexpr std::uint8_t kToken = 1;   ///< methods and header names
inline constexpr std::uint8_t kField = 2;   ///< header values: anything but control bytes
inline constexpr std::uint8_t kTarget = 4;  ///< request targets: neither blanks nor control bytes
inline constexpr std::uint8_t kHost = 8;    ///< Host: names, addresses, ports

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const bool control = c < 0x20 || c == 0x7f;
    const std::string_view marks = "!#$%&'*+-.^_`|~";
    const std::string_view host_marks = "-._~%!$&'()*+,;=:[]";
    const char byte = static_cast<char>(c);
    if (alphanumeric || marks.find(byte) != marks.npos) table[c] |= kToken;
    if (!control || c == '\t') table[c] |= kField;
    if (!control && c != ' ') table[c] |= kTarget;
    if (alphanumeric || host_marks.find(byte) != host_marks.npos) table[c] |= kHost;
  }
  return table;
}
inline constexpr auto kTable = make_table();
}  // namespace character_class

/// The offset of the first byte outside the class, or npos when all are inside.
inline std::size_t first_outside(std::string_view text, std::uint8_t wanted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!(character_class::kTable[static_cast<unsigned char>(text[i])] & wanted)) return i;
  }
  return std::string_view::npos;
}
inline bool all_inside(std::string_view text, std::uint8_t wanted) {
  return first_outside(text, wanted) == std::string_view::npos;
}
inline bool is_token(std::string_view text) {
  return !text.empty() && all_inside(text, character_class::kToken);
}

/// Whether `text` can be the value of a header. Control bytes are rare, tabs included.
inline bool is_field_value(std::string_view text) {
  return !has_control(text) || all_inside(text, character_class::kField);
}

/// A byte for messages: "0x0a".
inline std::string byte_name(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

/// Whether `text` is `lower_case`, whatever its case.
inline bool same_word(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

/// Without the blanks and tabs around it.
inline std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether one of the comma-separated words of `list` is `lower_case`.
inline bool list_has(std::string_view list, std::string_view lower_case) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (same_word(trim(list.substr(0, comma)), lower_case)) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace localfn
