#include "runtime/project/root_files.h"

#include <fmt/format.h>

#include <array>

namespace localfn {
namespace {

constexpr std::array<std::string_view, 6> kOtherConfigs = {"vercel.toml", "vercel.ts",  "vercel.mts",
                                                           "vercel.js",   "vercel.mjs", "vercel.cjs"};
constexpr std::array<std::string_view, 6> kMiddleware = {
    "middleware.ts", "middleware.mts", "middleware.js", "middleware.mjs", "middleware.cjs",
    "middleware.cts"};

void check_old_config(Project& project) {
  project.errors.push_back(
      {"now.json", 0, 0, "is no longer read; rename it to vercel.json", {},
       "Error: [DEPRECATED_NOW_JSON] The `now.json` file is deprecated and no longer supported. "
       "Please rename it to `vercel.json`."});
}

void check_other_config(std::string_view name, bool beside, Project& project) {
  if (!beside) {
    project.warnings.push_back(
        fmt::format("{} is not read: localfn reads vercel.json; write its settings there", name));
    return;
  }
  project.errors.push_back(
      {std::string(name), 0, 0, "stands beside vercel.json; keep one of them", {},
       fmt::format("Error: [CONFLICTING_CONFIG_FILES] Multiple config files found: vercel.json, {}. "
                   "Please use only one configuration method.", name)});
}

}  // namespace

void check_root_files(const Folder& folder, Project& project) {
  const auto has = [&](std::string_view name) {
    return folder.files().count(std::string(name)) > 0;
  };
  if (has("now.json")) check_old_config(project);
  for (const std::string_view name : kOtherConfigs) {
    if (has(name)) check_other_config(name, has("vercel.json"), project);
  }
  for (const std::string_view name : kMiddleware) {
    if (!has(name)) continue;
    project.warnings.push_back(
        fmt::format("{} is not run: localfn runs Python functions, no routing middleware", name));
  }
}

}  // namespace localfn
