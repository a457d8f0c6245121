// Matching a path against a function's dynamic segments. Pure. Any thread.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/project/project.h"

namespace localfn {

/// Parameters in the order of the path: name (of the route) and value, the bytes as sent.
using Parameters = std::vector<std::pair<std::string_view, std::string_view>>;

/// `segments`: those of the request's path, as sent (percent-encoded). A dynamic segment takes
/// exactly one that is not empty. A last segment that is not dynamic is also found with ".py" or a
/// slash after it, and "index" without itself.
std::optional<Parameters> match_dynamic(const DynamicRoute& route,
                                        const std::vector<std::string_view>& segments);

}  // namespace localfn
