#include "runtime/project/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <vector>

#include "runtime/base/fd.h"

namespace localfn {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  // C1 controls: a terminal may obey them.
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}


void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return big_endian ? (first << 8 | second) : (second << 8 | first);
  };
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    std::uint32_t code = unit(i);
    if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.size()) {
      const std::uint32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  }
  return out;
}

/// Where the line that holds `offset` starts, and its number.
struct LineStart {
  std::size_t begin = 0;
  int number = 1;
};
LineStart line_of(const std::string& text, std::size_t offset) {
  LineStart line;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      line.begin = i + 1;
      ++line.number;
    }
  }
  return line;
}

/// The first line of `text`, byte for byte under the same columns. Empty where the place lies so far
/// to the right (a minified file) that a caret would help nobody.
std::string excerpt_at(std::string_view text, std::size_t column) {
  constexpr std::size_t kFar = 160, kWidth = 200;
  if (column > kFar) return {};
  std::string line(text.substr(0, std::min(text.find('\n'), kWidth)));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = utf8_length(std::string_view(line).substr(i));
    const bool bad = length == 0 || is_control(std::string_view(line).substr(i, length));
    if (bad && line[i] != '\t') line[i] = '?';
    i += std::max<std::size_t>(length, 1);
  }
  return line;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(sequence)) {
      for (const char c : sequence) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

std::string decode_text(std::string bytes) {
  const std::string_view view = bytes;
  if (view.substr(0, 3) == "\xEF\xBB\xBF") return bytes.substr(3);
  if (view.substr(0, 2) == "\xFF\xFE") return from_utf16(view.substr(2), false);
  if (view.substr(0, 2) == "\xFE\xFF") return from_utf16(view.substr(2), true);
  return bytes;
}

TextFile read_text_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: a FIFO under this name must not stop the server.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return {std::nullopt, errno == ENOENT || errno == ENOTDIR, errno_text(errno)};
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return {std::nullopt, false, errno_text(errno)};
  if (!S_ISREG(status.st_mode)) return {std::nullopt, false, "not a regular file"};
  std::string bytes;
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {std::nullopt, false, errno_text(errno)};
    if (got == 0) return {std::move(bytes), false, {}};
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (bytes.size() > limit) {
      return {std::nullopt, false, fmt::format("longer than {} bytes", limit)};
    }
  }
}

Diagnostic SourceText::problem_at(std::size_t offset, std::string message,
                                  std::string platform) const {
  offset = std::min(offset, text_.size());
  const LineStart line = line_of(text_, offset);
  const std::size_t column = offset - line.begin;
  return {name_,
          line.number,
          static_cast<int>(column) + 1,
          std::move(message),
          excerpt_at(std::string_view(text_).substr(line.begin), column),
          std::move(platform)};
}

std::string SourceText::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const LineStart line = line_of(text_, offset);
  return fmt::format("{}:{}:{}", name_, line.number, offset - line.begin + 1);
}

Places::Places(const SourceText& source) : name_(source.name()), size_(source.text().size()) {
  const std::string& text = source.text();
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1)) {
    starts_.push_back(end + 1);
  }
}

std::string Places::operator()(std::size_t offset) const {
  offset = std::min(offset, size_);
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return fmt::format("{}:{}:{}", name_, next - starts_.begin(), offset - *std::prev(next) + 1);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      // A difference of case alone still counts as one change, wherever and however often.
      const std::size_t differs = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + differs});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()] == 0 && a != b ? 1 : row[b.size()];
}

}  // namespace localfn
