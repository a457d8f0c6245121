// The command line of localfn-worker-X.Y.
#pragma once

#include "bindings/instance.h"

namespace localfn {

/// `--control FD` runs the zygote, `--version` names the Python. Ends the process: the interpreter
/// is never finalised, and neither are the objects that refer to it.
[[noreturn]] void worker_main(int argc, char** argv, const Adapters& adapters) noexcept;

}  // namespace localfn
