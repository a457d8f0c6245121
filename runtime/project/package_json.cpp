#include "runtime/project/package_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/project/json_source.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

constexpr const char* kName = "package.json";

/// A slip in the only function must not make it a project without functions.
bool has_functions(const Project& project) {
  return project.has_functions ||
         std::any_of(project.not_functions.begin(), project.not_functions.end(),
                     [](const auto& entry) { return entry.second.syntax_error; });
}

void add_missing_script(const Config& config, Project& project) {
  const bool nothing_to_build =
      (config.output_directory && config.output_directory->text.empty()) || config.build_command;
  if (has_functions(project) || nothing_to_build) return;
  project.errors.push_back(
      {kName, 0, 0,
       "it has no build script, and the project has no function: the platform does not deploy it; "
       "delete package.json, give it scripts.build, or write \"buildCommand\": \"\" into vercel.json",
       {},
       "Error: [missing_build_script] Your `package.json` file is missing a `build` property inside "
       "the `scripts` property."});
}

}  // namespace

void check_package_json(const Folder& folder, const Config& config, Project& project) {
  if (project.files.find(kName) == project.files.end()) return;
  const std::string path = folder.tree().absolute(kName);
  TextFile file = read_text_file(path);
  if (!file.bytes) return;
  const SourceText source(kName, decode_text(std::move(*file.bytes)));
  ParsedJson parsed = parse_json(source);
  if (!parsed.value) {
    parsed.problem->platform =
        fmt::format("Error: [CANT_PARSE_JSON_FILE] Can't parse json file {}", printable(path));
    project.errors.push_back(*std::move(parsed.problem));
    return;
  }
  if (project.mode != ProjectMode::Functions) return;  // then it is no reason to refuse a deployment
  const JsonValue* const scripts = parsed.value->find("scripts");
  const JsonValue* const build = scripts == nullptr ? nullptr : scripts->find("build");
  if (build == nullptr || !build->is(JsonValue::Kind::String) || build->text.empty()) {
    return add_missing_script(config, project);
  }
  if (config.build_command) return;  // it takes the script's place, and is told of by itself
  project.warnings.push_back(fmt::format(
      "{}: the build script {} is not run: localfn serves the files as they are; build before you "
      "start it", source.place(build->offset), in_quotes(build->text)));
}

}  // namespace localfn
