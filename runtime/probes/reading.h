// Probes from their file. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/probes/probe.h"
#include "runtime/project/text.h"

namespace localfn::probes {

struct Probes {
  std::vector<Probe> probes;
  std::vector<Diagnostic> problems;  ///< all of them; a probe with a problem is left out
  bool present = false;              ///< the file speaks of probes
};

/// probes.json: an object with `probes`, or the list itself. vercel.json: an object; its other keys
/// are somebody else's.
Probes read_probes(const SourceText& source);

/// Every key that a probe may have; docs/probes.schema.json has the same.
std::vector<std::string_view> probe_keys();

}  // namespace localfn::probes
