// The iterable that a WSGI app returns, sent to its end.
#pragma once

#include <Python.h>

#include "bindings/handler/call.h"

namespace localfn {

/// Sends every chunk as it comes and calls the iterable's close(), also after an error. A second
/// chunk makes the answer a streamed one. False with an exception set; the GIL is held.
bool send_answer(PyObject* answer, Call& call);

}  // namespace localfn
