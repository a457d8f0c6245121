#include "runtime/routing/request_path.h"

#include <cctype>

namespace localfn {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte that the escape at `text[at]` stands for; -1 when there is no escape.
int escaped_byte(std::string_view text, std::size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return -1;
  const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::string_view without_backslashes(std::string_view path, std::string& storage) {
  if (path.find('\\') == std::string_view::npos) return path;
  storage = path;
  for (char& c : storage) {
    if (c == '\\') c = '/';
  }
  return storage;
}

std::string with_single_slashes(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

std::string_view decoded(std::string_view text, std::string& storage) {
  if (text.find('%') == std::string_view::npos) return text;
  storage.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = escaped_byte(text, i);
    if (byte > 0 && byte != '/') {
      storage += static_cast<char>(byte);
      i += 2;
    } else {
      storage += text[i];
    }
  }
  return storage;
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t slash = path.find('/', start);
    const std::string_view segment = path.substr(start, slash - start);
    if (segment == "." || segment == "..") return true;
    if (slash == std::string_view::npos) return false;
    start = slash + 1;
  }
  return false;
}

std::string encode_component(std::string_view text) {
  constexpr std::string_view kPlain = "-_.!~*'()";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) || kPlain.find(c) != std::string_view::npos)) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace localfn
