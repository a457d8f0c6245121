#include "runtime/project/root_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

#include "runtime/project/text.h"

namespace localfn {
namespace {

/// The one that localfn reads comes first.
constexpr std::array<std::string_view, 7> kConfigs = {
    "vercel.json", "vercel.toml", "vercel.ts", "vercel.mts", "vercel.js", "vercel.mjs", "vercel.cjs"};
constexpr std::array<std::string_view, 6> kMiddleware = {
    "middleware.ts", "middleware.mts", "middleware.js", "middleware.mjs", "middleware.cjs",
    "middleware.cts"};
constexpr std::array<std::string_view, 4> kNextConfigs = {"next.config.js", "next.config.mjs",
                                                          "next.config.cjs", "next.config.ts"};

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

// Projects of Next.js and Python lead to their functions by these, often by other addresses while
// `next dev` runs than when deployed.
void warn_of_next_config(const Folder& folder, std::string_view name, Project& project) {
  const TextFile file = read_text_file(folder.tree().absolute(std::string(name)));
  if (!file.bytes) return;
  std::vector<std::string_view> found;
  for (const std::string_view word : {"rewrites", "redirects"}) {
    if (file.bytes->find(word) != std::string::npos) found.push_back(word);
  }
  if (found.empty()) return;
  project.warnings.push_back(
      fmt::format("{}: its {} are not applied, for localfn does not run Next.js; those that lead to "
                  "a function work here from vercel.json", name, fmt::join(found, " and ")));
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
  for (const std::string_view name : kNextConfigs) {
    if (has(name)) warn_of_next_config(folder, name, project);
  }
}

}  // namespace localfn
