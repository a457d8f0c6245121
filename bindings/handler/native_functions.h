// What the embedded Python code asks of the native side.
#pragma once

#include <Python.h>

namespace localfn {

/// Adds rfile_of, connection_of, function_path, run_state, put, set_drain and note_unsent to a
/// namespace. False with an exception set.
bool add_native_functions(PyObject* dictionary);

}  // namespace localfn
