// The native halves of the runtime's own base class, `BaseHandler`.
//
// Two types of that name: one brings attributes made on first use (`headers`, `rfile`,
// `connection`, …), the other the native response methods as well. Neither adds to the layout of an
// instance, so any user class can follow it in the MRO.
#pragma once

#include <Python.h>

namespace localfn {

/// A new type `BaseHandler`; null with an exception set.
PyObject* make_base_type(bool with_response_methods);

/// Adds the lazy attributes to a type made by make_base_type(). False with an exception set.
bool add_lazy_attributes(PyObject* base_type);

/// The method table of send_response(), send_response_only(), send_header(), end_headers() and
/// flush_headers() (response_methods.cpp).
PyMethodDef* response_methods();

}  // namespace localfn
