// What the adapter has to know of a request before Python sees it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/wire.h"

namespace localfn {

/// The `path` a handler sees for a request target: no scheme and host, no fragment, no empty query,
/// one slash where several lead; nothing is decoded.
std::string function_path(std::string_view target);

/// The path is the runtime's own, whatever its query.
bool is_ping(std::string_view path);

/// The standard library would parse this head without any of its special cases, so its result can
/// be predicted. False sends the request down the plain path.
bool is_ordinary(const wire::RequestFrame& request);

/// The value of the first header of that name, trimmed; empty when there is none.
std::string_view header_value(std::string_view lines, std::string_view name);

/// Every line is `Token: printable ASCII`, and no value says that a message or parts follow: then
/// the email package keeps (name, value) pairs and nothing else.
bool has_simple_headers(std::string_view lines);

/// Calls `take(name, value)` for each line; the value keeps what follows it, as email does.
template <typename Take>
void for_each_header(std::string_view lines, Take take) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      take(line, std::string_view{});
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    const std::size_t first = value.find_first_not_of(" \t");
    value = first == std::string_view::npos ? std::string_view{} : value.substr(first);
    take(line.substr(0, colon), value);
  }
}

}  // namespace localfn
