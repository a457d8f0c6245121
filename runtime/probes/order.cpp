#include "runtime/probes/order.h"

#include <algorithm>
#include <map>

namespace localfn::probes {
namespace {

/// Every text of the request in which a ${name} may stand.
template <typename Visit>
bool any_text(const Probe& probe, const Visit& visit) {
  if (visit(probe.path) || visit(probe.body)) return true;
  for (const auto* pairs : {&probe.headers, &probe.cookies}) {
    for (const auto& [name, value] : *pairs) {
      if (visit(value)) return true;
    }
  }
  return false;
}

bool needs_value(const Probe& probe) {
  return any_text(probe, [](const std::string& text) { return text.find("${") != text.npos; });
}

bool uses(const Probe& probe, const Keep& keep) {
  const std::string written = "${" + keep.name + "}";
  return any_text(probe, [&](const std::string& text) { return text.find(written) != text.npos; });
}

bool only_reads(const Probe& probe) {
  const bool safe = probe.method == "GET" || probe.method == "HEAD" || probe.method == "OPTIONS";
  const bool waits = probe.pause + probe.delay > milliseconds(0);
  return safe && !waits && probe.keeps.empty() && !needs_value(probe);
}

std::vector<Stage> stages_of_file(const std::vector<Probe>& probes, const Lane& indices,
                                  const AnsweredBy& answered_by) {
  std::vector<Stage> stages;
  std::map<std::string, std::size_t> lanes;  // of the last stage, by what answers
  bool reading = false;
  for (const std::size_t index : indices) {
    const bool reads = only_reads(probes[index]);
    if (stages.empty() || reads != reading) {
      stages.emplace_back();
      lanes.clear();
      reading = reads;
    }
    Stage& stage = stages.back();
    const auto [lane, added] =
        lanes.emplace(reads ? answered_by(probes[index]) : std::string(), stage.size());
    if (added) stage.emplace_back();
    stage[lane->second].push_back(index);
  }
  return stages;
}

}  // namespace

std::vector<Stage> stages_of(const std::vector<Probe>& probes, const AnsweredBy& answered_by) {
  std::vector<Lane> files;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    // Probes that no file holds stand for themselves.
    const auto [file, added] = known.emplace(probes[i].file, files.size());
    if (added) files.emplace_back();
    files[file->second].push_back(i);
  }
  std::vector<Stage> all;
  for (const Lane& file : files) {
    const auto stages = stages_of_file(probes, file, answered_by);
    if (all.size() < stages.size()) all.resize(stages.size());
    for (std::size_t i = 0; i < stages.size(); ++i) {
      all[i].insert(all[i].end(), stages[i].begin(), stages[i].end());
    }
  }
  return all;
}

void add_keepers(const std::vector<Probe>& probes, std::set<std::size_t>& chosen) {
  for (std::size_t user = probes.size(); user-- > 0;) {
    if (!chosen.contains(user)) continue;
    for (std::size_t keeper = 0; keeper < user; ++keeper) {
      const auto& keeps = probes[keeper].keeps;
      const bool needed = std::any_of(keeps.begin(), keeps.end(),
                                      [&](const Keep& keep) { return uses(probes[user], keep); });
      if (needed) chosen.insert(keeper);
    }
  }
}

}  // namespace localfn::probes
