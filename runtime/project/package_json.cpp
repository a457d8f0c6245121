#include "runtime/project/package_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/project/json_source.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

constexpr const char* kName = "package.json";

// By which the platform knows the frameworks that stand before fastapi in its table.
constexpr std::array<std::string_view, 42> kFrameworkPackages = {
    "blitz", "next", "gatsby", "@remix-run/dev", "@react-router/dev", "astro", "hexo",
    "@11ty/eleventy", "@docusaurus/core", "docusaurus", "preact-cli", "solid-start",
    "@solidjs/start", "@dojo/framework", "@dojo/cli", "ember-source", "ember-cli",
    "@vue/cli-service", "@scullyio/init", "@ionic/angular", "@angular/cli", "polymer-cli",
    "svelte", "@sveltejs/kit", "@ionic/react", "react-scripts", "react-dev-utils", "gridsome",
    "umi", "sapper", "saber", "@stencil/core", "nuxt", "nuxt3", "nuxt-edge", "nuxt-nightly",
    "@redwoodjs/core", "@shopify/hydrogen", "vite", "vitepress", "vuepress", "parcel"};

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

bool has_javascript_framework(std::string text) {
  const ParsedJson parsed = parse_json(SourceText(kName, std::move(text)));
  if (!parsed.value) return false;
  for (const char* section : {"dependencies", "devDependencies"}) {
    const JsonValue* const packages = parsed.value->find(section);
    if (packages != nullptr &&
        std::any_of(kFrameworkPackages.begin(), kFrameworkPackages.end(),
                    [&](std::string_view name) { return packages->find(name) != nullptr; })) {
      return true;
    }
  }
  return false;
}

}  // namespace localfn
