// What an app sends, as frames. The GIL is held by every caller.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>

#include "bindings/handler/http_date.h"

namespace localfn {

struct StartedHead {
  std::string frame;                    ///< encoded, whole
  std::optional<std::uint64_t> length;  ///< its own Content-Length
};

/// The Head frame of an `http.response.start`: `date` and `server` first, as the platform's server
/// has them, then what the app gave, names in its case. Transfer-Encoding is left out: framing is
/// not the app's. Throws pybind11::error_already_set for what is no list of pairs of bytes.
StartedHead encode_start(std::uint32_t invocation, pybind11::handle status,
                         pybind11::handle headers, DateCache& date);

}  // namespace localfn
