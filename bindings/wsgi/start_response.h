// The native start_response of one WSGI call.
//
// It writes a head as http.server does for the platform's runtime, where the reason phrase of the
// app is dropped, Server and Date come first and every call writes one more head into the stream
// (specification: python-runtime.md, 4.3). User code may keep it longer than the call lasts; then it
// raises what writing to a closed socket does. Used with the GIL held.
#pragma once

#include <Python.h>

#include "bindings/handler/call.h"

namespace localfn {

/// What an app has told start_response.
struct Started {
  int heads = 0;    ///< calls that wrote a head
  long status = 0;  ///< of the last of them
};

/// Makes the type and the table of reason phrases, in the zygote; once. Throws
/// pybind11::error_already_set.
void prepare_start_response();

/// A new start_response over a native `wfile` (bindings/handler/writer.h); null with an exception
/// set.
PyObject* make_start_response(PyObject* writer);

/// Of an object made by make_start_response().
const Started& started(PyObject* start_response);

}  // namespace localfn
