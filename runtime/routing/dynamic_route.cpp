#include "runtime/routing/dynamic_route.h"

#include "runtime/routing/request_path.h"

namespace localfn {
namespace {

using Segments = std::vector<std::string_view>;

/// Whether the rest of the request's path, from `at` on, is the static last segment `name` in one
/// of its forms.
bool ends_with(const std::string& name, const Segments& segments, std::size_t at) {
  const std::size_t left = segments.size() - at;
  const bool slash = left > 0 && segments.back().empty();
  if (name == "index" && (left == 0 || (left == 1 && slash))) return true;
  if (left == 0) return false;
  std::string storage;
  const std::string_view last = decoded(segments[at], storage);
  if (last == name) return left == 1 || (left == 2 && slash);
  return left == 1 && last == name + ".py";
}

}  // namespace

std::optional<Parameters> match_dynamic(const DynamicRoute& route, const Segments& segments) {
  Parameters parameters;
  const std::size_t count = route.segments.size();
  std::string storage;
  for (std::size_t i = 0; i < count; ++i) {
    const DynamicRoute::Segment& wanted = route.segments[i];
    const bool last = i + 1 == count;
    if (last && wanted.parameter.empty()) {
      if (!ends_with(wanted.literal, segments, i)) return std::nullopt;
      return parameters;
    }
    if (i >= segments.size()) return std::nullopt;
    if (!wanted.parameter.empty()) {
      if (segments[i].empty()) return std::nullopt;
      parameters.emplace_back(wanted.parameter, segments[i]);
    } else if (decoded(segments[i], storage) != wanted.literal) {
      return std::nullopt;
    }
  }
  if (segments.size() != count) return std::nullopt;
  return parameters;
}

}  // namespace localfn
