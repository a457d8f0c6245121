#include "runtime/http/pages/range.h"

#include <algorithm>
#include <limits>

namespace localfn::http {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Digits only; a number too large for any file counts as huge, not as malformed.
std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kHuge - digit) / 10 ? kHuge : value * 10 + digit;
  }
  return value;
}

/// "a-b", "a-" or "-n".
std::optional<ByteRange> one_range(std::string_view text, std::uint64_t size) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view from = text.substr(0, dash);
  const std::string_view to = text.substr(dash + 1);
  if (from.empty()) {
    const auto count = number(to);
    if (!count || *count == 0) return std::nullopt;
    return ByteRange{size - std::min(*count, size), size - 1};
  }
  const auto first = number(from);
  const auto last = to.empty() ? std::optional<std::uint64_t>(kHuge) : number(to);
  if (!first || !last || *first > *last || *first >= size) return std::nullopt;
  return ByteRange{*first, std::min(*last, size - 1)};
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (size == 0 || header.substr(0, kUnit.size()) != kUnit) return std::nullopt;
  header.remove_prefix(kUnit.size());
  while (true) {
    const std::size_t comma = header.find(',');
    if (const auto range = one_range(trim(header.substr(0, comma)), size)) return range;
    if (comma == std::string_view::npos) return std::nullopt;
    header.remove_prefix(comma + 1);
  }
}

}  // namespace localfn::http
