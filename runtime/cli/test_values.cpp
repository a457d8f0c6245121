#include "runtime/cli/test_values.h"

#include <unistd.h>

#include <string_view>

namespace localfn::cli {
namespace {

void set(probes::Values& values, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == assignment.npos) return;  // --env NAME: the shell's, which is there already
  values[std::string(assignment.substr(0, equals))] = assignment.substr(equals + 1);
}

}  // namespace

probes::Values given_values(const TestOptions& options, const Project* project) {
  probes::Values values;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) set(values, *each);
  if (project != nullptr) {
    for (const auto& [name, value] : project->environment) values[name] = value;
  }
  for (const std::string& each : options.env) set(values, each);
  return values;
}

}  // namespace localfn::cli
