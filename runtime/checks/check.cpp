#include "runtime/checks/check.h"

#include <algorithm>
#include <utility>

namespace localfn::checks {

Place ConfigFile::place(std::size_t offset) const {
  const Finding at = finding_of("config", source.problem_at(offset, {}));
  return {at.file, at.line, at.column};
}

ConfigFile read_config_file(const Project& project) {
  TextFile file = read_text_file((project.root / "vercel.json").string());
  if (!file.bytes) return {};
  ConfigFile config{SourceText("vercel.json", std::move(*file.bytes)), {}};
  config.value = parse_json(config.source).value;
  return config;
}

Findings check(const Input& input) {
  const ConfigFile config = read_config_file(input.project);
  Findings findings;
  check_config(input, findings);
  check_functions(input, findings);
  check_names(input, findings);
  check_imports(input, check_python(input, findings), findings);
  check_manifests(input, config, findings);
  check_crons(input, config, findings);
  check_served(input, findings);
  check_paths(input, findings);
  check_bundle(input, findings);
  put_in_order(findings);
  return findings;
}

}  // namespace localfn::checks
