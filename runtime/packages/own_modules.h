// A module of the project itself that an import does not find: it lies elsewhere, or is called
// otherwise. Pure. Any thread.
#pragma once

#include <string>

#include "runtime/packages/missing_module.h"

namespace localfn::packages {

/// Where it is and how to import it; empty when the project has nothing like it.
std::string own_module_advice(const MissingModule& missing, const Function& function,
                              const Project& project);

/// For `cannot import name 'Flask' from 'flask' (/project/flask.py)`: what lies there is a file of the
/// project; empty when it is not.
std::string missing_name_advice(const std::string& error, const Project& project);

/// Whether the line has the word, and not as a part of a longer one.
bool has_word(std::string_view line, std::string_view word);

}  // namespace localfn::packages
