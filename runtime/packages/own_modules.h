// A module of the project itself that an import does not find: it lies elsewhere, or is called
// otherwise. Reads a file of it where a name in that is missing. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/wire.h"
#include "runtime/packages/missing_module.h"

namespace localfn::packages {

/// Where it is and how to import it; empty when the project has nothing like it.
std::string own_module_advice(const MissingModule& missing, const Function& function,
                              const Project& project);

/// For `cannot import name 'Flask' from 'flask' (/project/flask.py)`: what lies there is a file of the
/// project, and perhaps not yet at its end; empty when it is none.
std::string missing_name_advice(const wire::Failure& failure, const Project& project);

/// Whether the line has the word, and not as a part of a longer one.
bool has_word(std::string_view line, std::string_view word);

}  // namespace localfn::packages
