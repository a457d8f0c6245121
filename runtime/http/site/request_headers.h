// The headers a function sees: the client's, and what the platform adds to them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/http/front.h"

namespace localfn::http {

/// How often this request has come through this server: the number in its x-localfn-hops header.
int hops_of(const Request& request);

/// A request that has come through this often is answered 508 INFINITE_LOOP_DETECTED.
inline constexpr int kMostHops = 20;

/// Writes the header lines for the function into `block` (its capacity is reused).
///
/// The client's headers keep their order, case and duplicates. Replaced, as the platform does, are
/// x-real-ip, x-forwarded-for, -host, -proto, x-vercel-forwarded-for, -deployment-url, -id and
/// connection; removed are the platform's internal ones. A body that came in chunks has been put
/// together, so it gets a Content-Length instead of its Transfer-Encoding.
void write_function_headers(std::string& block, const Request& request, std::string_view id,
                            std::size_t body_bytes);

}  // namespace localfn::http
