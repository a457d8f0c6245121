// Letters without case, as header names, schemes and hosts have them: ASCII, whatever the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace localfn {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Whether there is a byte below 0x20 (a tab is one) or 0x7f. It is asked for every header of every
/// request, so it looks at eight bytes at once.
inline bool has_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const auto bad_of_eight = [](std::uint64_t bytes) {
    const std::uint64_t rubbed_out = bytes ^ (0x7f * kOnes);
    return ((bytes - 0x20 * kOnes) & ~bytes) | ((rubbed_out - kOnes) & ~rubbed_out);
  };
  const auto eight_at = [](const char* from) {
    std::uint64_t bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return bytes;
  };
  std::uint64_t bad = 0;
  if (text.size() >= 8) {
    for (std::size_t i = 0; i + 8 < text.size(); i += 8) bad |= bad_of_eight(eight_at(&text[i]));
    bad |= bad_of_eight(eight_at(text.data() + text.size() - 8));
  } else {
    constexpr std::uint64_t kSevenBlanks = 0x20 * (kOnes - 1);
    for (const char c : text) bad |= bad_of_eight(kSevenBlanks | static_cast<unsigned char>(c));
  }
  return (bad & (0x80 * kOnes)) != 0;
}

/// Whether every byte is below 0x80. Asked for whole bodies, hence eight bytes at once.
inline bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  for (; text.size() >= sizeof seen; text.remove_prefix(sizeof seen)) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    seen |= bytes;
  }
  for (const char c : text) seen |= static_cast<unsigned char>(c);
  return (seen & 0x8080808080808080) == 0;
}

inline std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = lower(c);
  return lowered;
}

}  // namespace localfn
