// The server a rewrite leads to, taken apart: "https://example.com:8443".
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localfn::http {

struct Origin {
  bool tls = false;
  std::string host;  ///< a name or an address, without brackets
  std::string port;
  std::string authority;  ///< for Host: as written, without a port that goes without saying
};

/// Nothing when `text` is no http or https origin. A user name in it is dropped, as browsers do.
std::optional<Origin> parse_origin(std::string_view text);

}  // namespace localfn::http
