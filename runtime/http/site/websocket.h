// Which requests ask for a WebSocket.
#pragma once

#include "runtime/http/front.h"

namespace localfn::http {

/// Whether the client asks to go on as a WebSocket and its connection can be given away: GET,
/// HTTP/1.1, `Upgrade: websocket` named in `Connection`, no body (RFC 6455, 4.2.1). Keys and versions
/// are the function's to judge. One look at the headers for a request without Upgrade.
bool wants_websocket(const Exchange& exchange);

}  // namespace localfn::http
