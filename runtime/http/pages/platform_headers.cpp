#include "runtime/http/pages/platform_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/ascii.h"

namespace localfn::http {
namespace {


/// Set by the platform alone, or about the connection: neither a function nor vercel.json has a
/// say.
bool is_reserved(std::string_view name) {
  switch (name.size()) {
    case 6:
      return equal_ignoring_case(name, "server");
    case 10:
      return equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "keep-alive");
    case 11:
      return equal_ignoring_case(name, "x-vercel-id");
    case 14:
      return equal_ignoring_case(name, "x-vercel-cache");
    case 17:
      return equal_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

const wire::Header* find(const wire::Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const wire::Header& h) {
    return equal_ignoring_case(h.first, name);
  });
  return found == headers.end() ? nullptr : &*found;
}

/// Which bytes a header name may hold (RFC 9110, token). A table: it is asked for every byte.
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_token_char(char c) { return kTokenBytes[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// Whether there are bytes that end a line or a string, for some reader on the way.
bool breaks_line(std::string_view value) {
  return value.find('\r') != value.npos || value.find('\n') != value.npos ||
         value.find('\0') != value.npos;
}

/// The name for a message: cut, and without what would break the terminal.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, 60));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

bool is_length(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add_cache_control(wire::Headers& out, const wire::Headers& route_headers) {
  const wire::Header* own = find(route_headers, "cache-control");
  out.emplace_back("cache-control", own != nullptr ? own->second : kDefaultCacheControl);
}

}  // namespace

bool is_platforms_own(std::string_view name) {
  return is_reserved(name) || equal_ignoring_case(name, "content-length");
}

wire::Headers platform_headers(std::string_view id, const wire::Headers& route_headers) {
  wire::Headers out;
  out.reserve(route_headers.size() + 10);  // room for those of a static file
  add_cache_control(out, route_headers);
  for (const wire::Header& header : route_headers) {
    if (is_platforms_own(header.first) || equal_ignoring_case(header.first, "cache-control")) continue;
    out.push_back(header);
  }
  out.emplace_back("server", "Vercel");
  out.emplace_back("x-vercel-id", id);
  out.emplace_back("x-vercel-cache", "MISS");
  return out;
}

wire::Headers function_headers(wire::HeadFrame head, std::string id,
                               const wire::Headers& route_headers) {
  wire::Headers out;
  out.reserve(head.headers.size() + route_headers.size() + 6);  // the front adds two of its own
  if (find(head.headers, "cache-control") == nullptr) add_cache_control(out, route_headers);
  for (const wire::Header& header : route_headers) {
    if (is_platforms_own(header.first) || equal_ignoring_case(header.first, "cache-control") ||
        find(head.headers, header.first) != nullptr) {
      continue;
    }
    out.push_back(header);
  }
  out.emplace_back("server", "Vercel");
  for (wire::Header& header : head.headers) {
    if (!is_reserved(header.first)) out.push_back(std::move(header));
  }
  out.emplace_back("x-vercel-id", std::move(id));
  out.emplace_back("x-vercel-cache", "MISS");
  return out;
}

std::string header_problem(std::string_view name, std::string_view value) {
  if (!is_token(name)) return fmt::format("\"{}\" is not a header name", shown(name));
  if (breaks_line(value)) {
    return fmt::format("header {} has a line break or a NUL in its value", shown(name));
  }
  return {};
}

std::string head_problem(const wire::HeadFrame& head) {
  // An interim status as the final one would leave the client waiting for another head.
  if (head.status < 200 || head.status > 999) {
    return fmt::format("status {} is not between 200 and 999", head.status);
  }
  const std::string* length = nullptr;
  for (const auto& [name, value] : head.headers) {
    if (std::string problem = header_problem(name, value); !problem.empty()) return problem;
    if (!equal_ignoring_case(name, "content-length")) continue;
    if (!is_length(value))
      return fmt::format("Content-Length \"{}\" is not a number", shown(value));
    if (length != nullptr && *length != value) {
      return fmt::format("two different Content-Length headers: {} and {}", *length, value);
    }
    length = &value;
  }
  return {};
}

}  // namespace localfn::http
