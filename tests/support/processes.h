// What the kernel says about processes: read from /proc, for the tests' eyes only.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/clock.h"

namespace localfn::test {

/// How long a test waits for anything that should happen at once. Generous, because sanitizers and
/// busy machines are slow; no test passes by waiting for it.
Deadline patience();

struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';  ///< as in /proc/PID/stat: 'R', 'S', 'Z' …
  std::string name;

  bool dead() const { return state == 'Z' || state == 'X'; }
};

/// Processes whose parent is `pid`, zombies included.
std::vector<ProcessInfo> children_of(pid_t pid);

/// Children, their children and so on, zombies included.
std::vector<ProcessInfo> descendants_of(pid_t pid);

/// Whether the process exists and is no zombie.
bool is_alive(pid_t pid);

/// "4312 python3 (S), 4313 sleep (Z)"
std::string describe(const std::vector<ProcessInfo>& processes);

/// Targets of /proc/PID/fd, each as "3 socket:[1234]"; empty when the process is gone.
std::vector<std::string> open_descriptors(pid_t pid);

/// The most memory that the process has had in RAM, in KiB; 0 when it is gone.
std::size_t peak_memory_kib(pid_t pid);

/// Looks until `holds` is true or the deadline has passed. For states of which the kernel tells
/// only when asked (/proc); everything else is waited for on a descriptor.
bool eventually(const std::function<bool()>& holds, Deadline deadline = patience());

}  // namespace localfn::test
