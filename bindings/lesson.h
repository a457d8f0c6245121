// What a learned zygote does before its first fork: it imports modules of installed packages as an
// instance would, keeps those whose import left no trace, and puts them away (python/lesson.py) for
// its instances to take (python/stash.py).
//
// In a zygote that was forked for this, on its only thread, with the GIL.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace localfn {

/// The lesson in a file that the host has made. Throws std::runtime_error when it is malformed.
wire::Lesson read_lesson(const UniqueFd& file);

struct Learned {
  std::size_t modules = 0;
  std::string refused;  ///< the name whose import cannot be kept; empty: all could
  std::string reason;   ///< of that
};

/// Imports the names one after another; calls `trying` before each. After a refusal this process is
/// of no use any more. Throws std::exception where the process cannot do what is needed for it.
Learned learn(const wire::Lesson& lesson, const std::function<void(const std::string&)>& trying);

}  // namespace localfn
