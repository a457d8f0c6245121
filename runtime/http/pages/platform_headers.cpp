#include "runtime/http/pages/platform_headers.h"

#include <algorithm>
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

}  // namespace localfn::http
