// One interpreter for all tests of an executable, started on first use and never finalised.
#pragma once

#include "bindings/interpreter.h"

namespace localfn::test {

inline void need_python() {
  // Static because there can be one interpreter in a process; the tests run on one thread.
  static const bool started = (start_interpreter(), true);
  (void)started;
}

}  // namespace localfn::test
