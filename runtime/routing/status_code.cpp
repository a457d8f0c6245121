#include "runtime/routing/status_code.h"

namespace localfn {

const char* default_error_code(int status) {
  switch (status) {
    case 400: return "BAD_REQUEST";
    case 402: return "PAYMENT_REQUIRED";
    case 403: return "FORBIDDEN";
    case 404: return "NOT_FOUND";
    case 405: return "NOT_ALLOWED";
    case 410: return "GONE";
    case 413: return "PAYLOAD_TOO_LARGE";
    case 429: return "RATE_LIMITED";
    case 500: return "INTERNAL_SERVER_ERROR";
    case 501: return "NOT_IMPLEMENTED";
    case 502: return "BAD_GATEWAY";
    case 503: return "SERVICE_UNAVAILABLE";
    case 504: return "GATEWAY_TIMEOUT";
    case 508: return "INFINITE_LOOP";
    default: return "UNKNOWN_ERROR";
  }
}

}  // namespace localfn
