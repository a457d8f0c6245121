#include "runtime/cli/layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace localfn::cli {
namespace {

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::size_t columns(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_a_character));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  return used >= width ? text : text + std::string(width - used, ' ');
}

std::string cut(const std::string& text, std::size_t width) {
  if (columns(text) <= width) return text;
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size() && seen + 1 < width; ++seen) {
    do {
      ++bytes;
    } while (bytes < text.size() && continues_a_character(text[bytes]));
  }
  return text.substr(0, bytes) + "…";
}

std::string json_text(const nlohmann::ordered_json& value) {
  return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace localfn::cli
