// The code an error page shows for a status that a rule has set (specification 8.3). Pure.
#pragma once

namespace localfn {

const char* default_error_code(int status);

}  // namespace localfn
