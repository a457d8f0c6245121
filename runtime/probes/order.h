// Which probes may be asked at the same time, and which have to be asked again. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/probes/probe.h"

namespace localfn::probes {

/// Probes by their index, asked one after the other.
using Lane = std::vector<std::size_t>;
/// Lanes that may be asked at the same time.
using Stage = std::vector<Lane>;

/// What answers a probe, as far as it is known beforehand: a function, a file, or nothing.
using AnsweredBy = std::function<std::string(const Probe&)>;

/// Stages, to be gone through one after the other. Probes that only read (GET, HEAD, OPTIONS) and
/// stand next to each other in their file share a stage, a lane for each function; one that may
/// change something, waits, keeps a value or needs one stays between those before and after it.
/// Files are independent of each other: their stages lie side by side.
std::vector<Stage> stages_of(const std::vector<Probe>& probes, const AnsweredBy& answered_by);

/// Adds to `chosen` the probes that keep what the chosen ones write as ${name}.
void add_keepers(const std::vector<Probe>& probes, std::set<std::size_t>& chosen);

}  // namespace localfn::probes
