// The headers every answer of the platform carries, and how a function's own are fitted among them.
//
// Pure; any thread. function_headers() runs once a request.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/wire.h"

namespace localfn::http {

inline constexpr std::string_view kDefaultCacheControl = "public, max-age=0, must-revalidate";

/// Set by the platform alone, or about framing: neither a function nor a rule of vercel.json has a
/// say. A function's Content-Length is the one exception; it is checked when the answer begins.
bool is_platforms_own(std::string_view name);

/// Headers of an answer that localfn gives itself: cache-control, then those of the route, then
/// server, x-vercel-id, x-vercel-cache. A cache-control of the route replaces the default; what
/// only the platform may set is dropped from the route's headers.
wire::Headers platform_headers(std::string_view id, const wire::Headers& route_headers = {});

/// Headers of a function's answer as the client gets them, in the measured order: the default
/// cache-control unless the function or the route sets one, the route's headers unless the function
/// sets the same name, server, the function's own in order (strings are moved), then x-vercel-id
/// and x-vercel-cache. Dropped: Server, Connection, Keep-Alive, Transfer-Encoding, x-vercel-id and
/// x-vercel-cache of the function; Content-Length too of the route. Date and repeated headers are
/// kept.
wire::Headers function_headers(wire::HeadFrame head, std::string id,
                               const wire::Headers& route_headers = {});

}  // namespace localfn::http
