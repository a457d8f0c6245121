// Whether a function is served through a class, and not as an app. Pure.
#pragma once

#include "runtime/base/ascii.h"
#include "runtime/project/project.h"

namespace localfn {

/// "handler" and "Handler" are the only names of a class that the platform takes for an entry point.
inline bool is_class_handler(const Function& function) {
  return equal_ignoring_case(function.variable, "handler");
}

}  // namespace localfn
