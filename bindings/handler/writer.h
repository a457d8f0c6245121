// The native `wfile`: an io.BufferedIOBase whose writes become the response of a Call it owns.
#pragma once

#include <Python.h>

#include "bindings/handler/call.h"

namespace localfn {

/// The type object, a new reference; null with an exception set. Sets `offset` to where the Call*
/// lies in an instance (behind whatever io's own base type keeps).
PyTypeObject* make_writer_type(Py_ssize_t& offset);

/// A writer around a new Call; null with an exception set.
PyObject* make_writer(const wire::RequestFrame& request, Responder& responder, bool plain);

bool is_writer(PyObject* object);

/// The call of a writer; null for an instance that was not made by make_writer().
Call* call_of_writer(PyObject* writer);

/// The call behind a handler object, found through its attributes; null (no exception) when the
/// object has none, as on the plain path.
Call* call_of_handler(PyObject* handler);

/// Writes to a call and raises what a socket would. False with an exception set.
bool write_or_raise(Call& call, std::string_view bytes);

/// After a write of a handler class: says on sys.stderr, once, that it has written a second head.
/// On the platform nothing does: the client just gets a head in the middle of the page. False, with
/// an exception set, when that could not be written.
bool warn_of_second_head(Call& call);

/// `rfile` and `connection` of a call, made on first use. New references.
PyObject* rfile_of(PyObject* writer);
PyObject* connection_of(PyObject* writer);

}  // namespace localfn
