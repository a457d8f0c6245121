// The Range header of a request for a static file, by the platform's rules: one range is served.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace localfn::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< inclusive

  std::uint64_t length() const { return last - first + 1; }
};

/// The first range of `header` that touches a file of `size` bytes (size > 0), its end clipped.
/// Nothing for another unit, a malformed header, or when no range touches the file.
std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size);

}  // namespace localfn::http
