// The frames of a WebSocket, for websocket_stream.py.
#pragma once

#include <pybind11/pybind11.h>

namespace localfn {

/// Adds to `names`: decoder() → a function from bytes to a list of (kind, value, code);
/// frame(opcode, payload) and close_frame(code, reason), whole frames as bytes. A code of 0 is none.
void add_websocket_functions(const pybind11::object& names);

}  // namespace localfn
