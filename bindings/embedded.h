// The Python half of the bindings: bindings/python/*.py, compiled into the executable.
//
// Each file becomes a namespace of its own that is run at most once in an interpreter and kept in
// the interpreter's own dictionary. None of it appears in sys.modules, so no module of a project can
// collide with it. The GIL is held by every caller.
#pragma once

#include <pybind11/pybind11.h>

namespace localfn {

struct EmbeddedSource {
  const char* name;    ///< "scan" for bindings/python/scan.py; nullptr ends the table
  const char* source;
};

/// Made at build time by cmake/embed.cmake.
extern const EmbeddedSource kEmbeddedSources[];

/// The namespace (a dict) of `bindings/python/<module>.py`; runs the file on the first call.
/// Throws pybind11::error_already_set when the file raises, std::logic_error for an unknown name.
pybind11::dict embedded_module(const char* module);

/// The object `name` of that namespace.
pybind11::object embedded(const char* module, const char* name);

}  // namespace localfn
