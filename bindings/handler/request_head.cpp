#include "bindings/handler/request_head.h"

#include <algorithm>

#include "bindings/handler/text.h"
#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"

namespace localfn {
namespace {

/// http.client counts the empty line too; from here on the standard library decides.
constexpr std::size_t kManyHeaders = 100;
constexpr std::size_t kLongLine = 65'536;

/// str.split() of the standard library's parser would cut here (after decoding as latin-1).
bool is_white(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x09 && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x20) || byte == 0x85 ||
         byte == 0xa0;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), is_white);
}

// From one end to the next: half the instructions of a count of bytes.
std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) ++lines;
  return lines;
}

std::size_t authority_start(std::string_view target) {
  const std::size_t mark = target.find("://");
  if (mark == std::string_view::npos || mark == 0) return std::string_view::npos;
  const bool scheme =
      std::all_of(target.begin(), target.begin() + static_cast<long>(mark), [](char c) {
        const char letter = lower(c);
        return (letter >= 'a' && letter <= 'z') || is_digit(c) || c == '+' || c == '.' || c == '-';
      });
  return scheme ? mark + 3 : std::string_view::npos;
}

}  // namespace

std::string function_path(std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (const std::size_t start = authority_start(target); start != std::string_view::npos) {
    const std::size_t end = target.find_first_of("/?", start);
    target = end == std::string_view::npos ? std::string_view{} : target.substr(end);
    if (target.empty() || target.front() == '?') {
      std::string path = "/";
      return target.size() > 1 ? path.append(target) : path;
    }
  }
  if (!target.empty() && target.back() == '?' && target.find('?') == target.size() - 1) {
    target.remove_suffix(1);
  }
  if (target.substr(0, 2) == "//")
    target.remove_prefix(std::min(target.find_first_not_of('/'), target.size()) - 1);
  return std::string(target);
}

bool is_ping(std::string_view path) { return path.substr(0, path.find('?')) == "/_vercel/ping"; }

bool is_ordinary(const wire::RequestFrame& request) {
  if (request.version != "HTTP/1.1" && request.version != "HTTP/1.0") return false;
  if (!is_token(request.method) || !is_word(request.target)) return false;
  const std::string_view lines = request.headers;
  return lines.size() <= kLongLine && count_lines(lines) < kManyHeaders;
}

std::string_view header_value(std::string_view lines, std::string_view name) {
  std::string_view found;
  bool done = false;
  for_each_header(lines, [&](std::string_view key, std::string_view value) {
    if (done || !equal_ignoring_case(key, name)) return;
    found = trim(value);
    done = true;
  });
  return found;
}

bool has_simple_headers(std::string_view lines) {
  bool simple = lines.empty() || (lines.size() > 2 && lines.substr(lines.size() - 2) == "\r\n");
  for_each_header(lines, [&](std::string_view name, std::string_view value) {
    simple = simple && is_token(name) && std::all_of(value.begin(), value.end(), [](char c) {
               return (c >= 0x20 && c < 0x7f) || c == '\t';
             });
    if (equal_ignoring_case(name, "content-type")) {
      const std::string_view kind = value.substr(0, value.find('/'));
      simple = simple && !equal_ignoring_case(kind, "multipart") &&
               !equal_ignoring_case(kind, "message");
    }
  });
  return simple;
}

}  // namespace localfn
