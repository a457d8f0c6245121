// From a Load frame to the user's class: environment, search path, import, classification.
//
// On the main thread of an instance, with the GIL. Everything that goes wrong in user code comes
// back as a value.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bindings/loaded_files.h"
#include "runtime/base/wire.h"

namespace localfn {

/// What the file exports, and how it wants to be called.
struct LoadedFunction {
  wire::Interface interface{};
  pybind11::object object;
};

/// Turns this process into the function's and imports its file. `init_us` and `loaded` of the
/// failure are the caller's to fill in.
std::variant<LoadedFunction, wire::ImportFailedFrame> load_function(const wire::LoadFrame& load,
                                                                    LoadedFiles& files);

/// Adds what a zygote may learn from this instance, after load_function().
void add_packages(wire::ReadyFrame& ready);

/// A path as Python's text; the variables of an environment as Python's pairs of bytes.
pybind11::object file_name(const std::string& path);
pybind11::list pairs_of(const std::vector<std::pair<std::string, std::string>>& environment);

/// The failure that describes the exception which is being handled.
wire::ImportFailedFrame import_failed(pybind11::error_already_set& error,
                                      const wire::LoadFrame& load);

/// What the process's exit status becomes by this SystemExit; prints its text to stderr if it has
/// one, as the interpreter does.
int exit_status(pybind11::handle system_exit);

/// Whether user code has signal handlers written in Python.
bool has_signal_handlers();

/// atexit callbacks and the wait for non-daemon threads. Reports exceptions to stderr.
void run_exit_callbacks() noexcept;

}  // namespace localfn
