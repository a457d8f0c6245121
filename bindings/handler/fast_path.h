// One invocation of a class that overrides nothing the standard library would do before do_X():
// the handler object is made without __init__, its attributes come from the parsed request.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

#include "bindings/handler/call.h"

namespace localfn {

struct FastCall {
  PyTypeObject* type;  ///< the class Handler
  PyObject* server;
  const wire::RequestFrame& request;
  const std::string& path;  ///< as function_path() made it
  PyObject* writer;
  Call& call;
};

/// Whether this request, to a class that may take the fast path, can take it.
bool takes_fast_path(PyTypeObject* type, const wire::RequestFrame& request);

/// Runs the function. False with an exception set when one left it.
bool run_fast(const FastCall& fast);

}  // namespace localfn
