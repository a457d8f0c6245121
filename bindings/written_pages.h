// Copy-on-write ahead of time: a fork shares its pages with its parent until it writes to them, and
// each first write costs a fault and a copy, for which somebody waits while a function is loaded.
// The instances of a zygote write to much the same pages, at the same addresses.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

namespace localfn {

/// Gives this process its own copy of those pages that it still shares and of which one of `models`
/// has its own: forks of the same parent that have done what this process is going to do. A guess
/// that changes nothing but time and memory: a model that has gone, or a kernel that does not tell
/// or cannot copy ahead (before Linux 5.14), is passed over. Between two steps of some 100 µs
/// `go_on` is asked. Throws std::bad_alloc only.
void copy_pages_written_by(const std::vector<pid_t>& models, const std::function<bool()>& go_on);

}  // namespace localfn
