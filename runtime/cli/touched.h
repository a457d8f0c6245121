// Which probes an edit touches. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "runtime/probes/probe.h"

namespace localfn::cli {

/// A probe as it stands when an edit comes.
struct ProbeState {
  std::string answered_by;  ///< the function or file that answers it now
  std::string answered_before;
  std::string function;  ///< that did answer it; empty: none, or it has not run
  bool has_run = false;
  bool passed = false;
};

/// The probes to ask again: those of the `changed` functions and files, those that something else
/// answers than before, those that have not run or not passed; with them all others of the same
/// functions, which start anew, and those that keep a value for one of them.
std::set<std::size_t> touched_probes(const std::vector<probes::Probe>& probes,
                                     const std::vector<ProbeState>& states,
                                     const std::set<std::string>& changed);

}  // namespace localfn::cli
