// The headers a function sees: the client's, and what the platform adds to them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/front.h"
#include "runtime/rules/header_edit.h"

namespace localfn::http {

/// How often this request has come through this server: the number in its x-localfn-hops header.
int hops_of(const Request& request);

/// A request that has come through this often is answered 508 INFINITE_LOOP_DETECTED.
inline constexpr int kMostHops = 20;

/// Writes the header lines for the function into `block` (its capacity is reused).
///
/// The client's headers keep their order, duplicates and values; their names get lower case, as on
/// the platform: `dict(self.headers)["User-Agent"]` fails there, so it fails here. Replaced, as the
/// platform does, are x-real-ip, x-forwarded-for, -host, -proto, x-vercel-forwarded-for,
/// -deployment-url, -id and connection; removed are the platform's internal ones. A body that came
/// in chunks has been put together, so it gets a Content-Length instead of its Transfer-Encoding.
/// `edits` of `transforms` see what is kept of the client's headers; they reach neither those that
/// are replaced nor the Content-Length. Their names and values must be sendable. Without a token of
/// the client's or the platform's, `oidc_token` becomes x-vercel-oidc-token unless it is empty.
/// `upgrade`: the function may take the connection, so it sees the client's wish.
void write_function_headers(std::string& block, const Request& request, std::string_view id,
                            std::size_t body_bytes,
                            const std::vector<rules::HeaderEdit>& edits = {},
                            std::string_view oidc_token = {}, bool upgrade = false);

}  // namespace localfn::http
