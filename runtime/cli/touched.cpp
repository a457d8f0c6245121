#include "runtime/cli/touched.h"

#include "runtime/probes/order.h"

namespace localfn::cli {
namespace {

bool is_touched(const ProbeState& state, const std::set<std::string>& changed) {
  return !state.has_run || !state.passed || state.answered_by != state.answered_before ||
         changed.contains(state.answered_by) || changed.contains(state.function);
}

/// A function that starts anew has forgotten what its other probes expect it to know.
void add_neighbours(const std::vector<ProbeState>& states, std::set<std::size_t>& chosen) {
  std::set<std::string> functions;
  for (const std::size_t index : chosen) functions.insert(states[index].answered_by);
  functions.erase("");
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (functions.contains(states[i].answered_by)) chosen.insert(i);
  }
}

}  // namespace

std::set<std::size_t> touched_probes(const std::vector<probes::Probe>& probes,
                                     const std::vector<ProbeState>& states,
                                     const std::set<std::string>& changed) {
  std::set<std::size_t> chosen;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (is_touched(states[i], changed)) chosen.insert(i);
  }
  for (std::size_t before = chosen.size() + 1; before != chosen.size();) {
    before = chosen.size();
    probes::add_keepers(probes, chosen);
    add_neighbours(states, chosen);
  }
  return chosen;
}

}  // namespace localfn::cli
