// Reading the arguments of Python's audit events. With the GIL, inside an audit hook; nothing here
// leaves a Python exception set.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

namespace localfn::audit {

/// The path that an audited call got; nothing for a descriptor or anything odd. None is ".".
std::optional<std::string> path_argument(PyObject* argument);

/// Whether the mode or the flags of an "open" event ask for reading only.
bool is_for_reading(PyObject* mode, PyObject* flags);

/// Whether the import system is calling: its finders list every folder of sys.path for their
/// caches.
bool called_by_import_system();

}  // namespace localfn::audit
