// What functions see in os.environ, put together from its sources in their settled order.
//
// Pure: who calls has read the files. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/project/config.h"
#include "runtime/project/project.h"

namespace localfn {

/// One file or option that sets variables. Later sources win over earlier ones.
struct EnvironmentSource {
  std::string name;  ///< for messages: ".env", "--env"
  std::vector<std::pair<std::string, std::string>> variables;
};

struct ComposedEnvironment {
  Environment variables;  ///< sorted by name
  std::vector<std::string> warnings;
};

/// `shell`: the host's own environment, of which only a few names pass. `sources` stand in the order
/// in which they are applied.
ComposedEnvironment compose_environment(const Environment& shell, const Config& config,
                                        const std::vector<EnvironmentSource>& sources);

/// The environment of this process. Call it before there are threads that could change it.
Environment shell_environment();

}  // namespace localfn
