// The iterable that a WSGI app returns, sent to its end.
#pragma once

#include <Python.h>

#include "bindings/handler/call.h"

namespace localfn {

/// Sends every chunk as it comes and calls the iterable's close(), also after an error. The head
/// does not wait for the first chunk, unless that is there in a list or a tuple. A second chunk
/// makes the answer a streamed one. False with an exception set; the GIL is held.
bool send_answer(PyObject* answer, Call& call);

}  // namespace localfn
