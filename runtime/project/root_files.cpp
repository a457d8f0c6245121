#include "runtime/project/root_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

namespace localfn {
namespace {

/// The one that localfn reads comes first.
constexpr std::array<std::string_view, 7> kConfigs = {
    "vercel.json", "vercel.toml", "vercel.ts", "vercel.mts", "vercel.js", "vercel.mjs", "vercel.cjs"};
constexpr std::array<std::string_view, 6> kMiddleware = {
    "middleware.ts", "middleware.mts", "middleware.js", "middleware.mjs", "middleware.cjs",
    "middleware.cts"};

void check_old_config(Project& project) {
  project.errors.push_back(
      {"now.json", 0, 0, "is no longer read; rename it to vercel.json", {},
       "Error: [DEPRECATED_NOW_JSON] The `now.json` file is deprecated and no longer supported. "
       "Please rename it to `vercel.json`."});
}

void warn_of_other_config(std::string_view name, Project& project) {
  project.warnings.push_back(fmt::format(
      "{} is not read, so nothing in it applies here: localfn reads vercel.json; write its settings "
      "there", name));
}

void refuse_configs(const std::vector<std::string_view>& names, Project& project) {
  const std::vector<std::string_view> others(names.begin(), names.end() - 1);
  project.errors.push_back(
      {std::string(names.back()), 0, 0,
       fmt::format("stands beside {}; keep one of them", fmt::join(others, " and ")), {},
       fmt::format("Error: [CONFLICTING_CONFIG_FILES] Multiple config files found: {}. Please use "
                   "only one configuration method.", fmt::join(names, ", "))});
}

}  // namespace

void check_root_files(const Folder& folder, Project& project) {
  const auto has = [&](std::string_view name) {
    return folder.files().count(std::string(name)) > 0;
  };
  if (has("now.json")) check_old_config(project);
  std::vector<std::string_view> configs;
  for (const std::string_view name : kConfigs) {
    if (has(name)) configs.push_back(name);
  }
  if (configs.size() > 1) refuse_configs(configs, project);
  if (configs.size() == 1 && configs[0] != kConfigs[0]) warn_of_other_config(configs[0], project);
  for (const std::string_view name : kMiddleware) {
    if (!has(name)) continue;
    project.warnings.push_back(
        fmt::format("{} is not run: localfn runs Python functions, no routing middleware", name));
  }
}

}  // namespace localfn
