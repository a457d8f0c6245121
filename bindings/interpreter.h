// Starts Python in this process the way the worker wants it, whatever the shell's environment says.
#pragma once

#include <string>

namespace localfn {

/// Starts the interpreter this executable was built for (never the first one on PATH). On return
/// the calling thread holds the GIL. Throws std::runtime_error with Python's own reason. Called
/// once in a process; the interpreter is never finalised: the process ends with _exit.
void start_interpreter();

/// "3.11.2"
std::string python_version();

}  // namespace localfn
