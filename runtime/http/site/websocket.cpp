#include "runtime/http/site/websocket.h"

#include <string_view>

#include "runtime/base/ascii.h"

namespace localfn::http {
namespace {

std::string_view without_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// In all headers of that name: lists may be spread over several.
bool lists(const Request& request, std::string_view name, std::string_view word) {
  for (const auto& [each, value] : request.headers) {
    if (!equal_ignoring_case(each, name)) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = rest.find(',');
      if (equal_ignoring_case(without_space(rest.substr(0, comma)), word)) return true;
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return false;
}

bool has_body(const Request& request) {
  const auto length = request.header("content-length");
  return request.has_header("transfer-encoding") ||
         length.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool wants_websocket(const Exchange& exchange) {
  const Request& request = exchange.request();
  return request.has_header("upgrade") && lists(request, "upgrade", "websocket") &&
         lists(request, "connection", "upgrade") && request.method == "GET" &&
         request.version == "HTTP/1.1" && !has_body(request) && exchange.client_fd() >= 0;
}

}  // namespace localfn::http
