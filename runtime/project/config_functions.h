// The `functions` section of vercel.json.
#pragma once

#include "runtime/project/config.h"

namespace localfn {

/// Checks the section as the platform's schema does and fills config.functions.
void read_functions(const JsonMember& section, Config& config);

}  // namespace localfn
