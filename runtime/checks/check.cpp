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

namespace {

void check_files(const Input& input, const ConfigFile& config, Findings& findings) {
  check_functions(input, findings);
  check_names(input, findings);
  check_imports(input, check_python(input, findings), findings);
  check_manifests(input, config, findings);
  check_crons(input, config, findings);
  check_served(input, findings);
  check_paths(input, findings);
  check_bundle(input, findings);
}

}  // namespace

Findings check(const Input& input) {
  const ConfigFile config = read_config_file(input.project);
  Findings findings;
  check_config(input, findings);
  const bool services = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& each) { return each.code == "services"; });
  // Judged by the project's root, sound files of a service would be wrong.
  if (!services) check_files(input, config, findings);
  put_in_order(findings);
  return findings;
}

}  // namespace localfn::checks
