// Plain sockets on loopback, for tests that speak something else than HTTP.
#pragma once

#include <cstdint>

#include "runtime/base/fd.h"

namespace localfn::test {

/// A connected socket. Throws std::system_error when nobody listens there.
UniqueFd connect_to_loopback(std::uint16_t port);

/// A port that was free a moment ago, for programs that must be told one.
std::uint16_t free_port();

}  // namespace localfn::test
