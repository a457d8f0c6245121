#include "runtime/project/served_paths.h"

#include <algorithm>
#include <array>

#include "runtime/project/api_paths.h"

namespace localfn {
namespace {

/// Names at the top of the static root that are listed but never sent.
bool is_withheld(std::string_view path) {
  constexpr std::array<std::string_view, 18> kNames = {
      "vercel.json", "vercel.toml", "vercel.ts", "vercel.mts", "vercel.js", "vercel.mjs",
      "vercel.cjs", ".vercelignore", "now.json", ".nowignore", ".gitignore", "package.json",
      "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "README.md"};
  // A prefix of the whole path: what lies below a directory ".envs" is withheld too.
  if (path.substr(0, 4) == ".env") return true;
  if (path.substr(0, 5) == ".git/" || path.substr(0, 13) == "node_modules/") return true;
  return std::find(kNames.begin(), kNames.end(), path) != kNames.end();
}

/// "public/" or "dist/" when that has files; nothing: the root of the project.
std::string static_root_of(const Project& project, const StaticSettings& settings) {
  // A framework's static files are those of public/, wherever else it may build to.
  const bool chosen = settings.output_directory && project.mode == ProjectMode::Functions;
  const std::string directory = chosen ? *settings.output_directory : "public";
  return !directory.empty() && has_files_below(project, directory) ? directory + "/" : "";
}

void fill_static_files(Project& project, const StaticSettings& settings,
                       const std::set<std::string>& outside) {
  if (project.mode == ProjectMode::Builds) return;
  project.static_root = static_root_of(project, settings);
  const std::string& root = project.static_root;
  if (root.empty() && project.mode == ProjectMode::Framework) return;
  for (auto file = project.files.lower_bound(root); file != project.files.end(); ++file) {
    if (file->compare(0, root.size(), root) != 0) break;
    const bool of_api = root.empty() && file->compare(0, 4, "api/") == 0;
    if (outside.count(*file) > 0 || (of_api && project.has_functions)) continue;
    project.static_files.emplace(file->substr(root.size()), *file);
  }
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// "docs/index.html" → "docs" when the name without its extension is "index".
bool is_index(std::string_view path) {
  const std::string_view name = last_name(path);
  return name == "index" || (name.substr(0, 6) == "index." && name.find('.', 6) == name.npos);
}
std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

/// What a directory itself shows: an .html index, else the last candidate in the order functions,
/// then static files as people sort them.
std::map<std::string, Served> find_indexes(const Project& project) {
  std::map<std::string, Served> indexes;
  for (const auto& [path, function] : project.functions) {
    if (is_index(function->file)) indexes[directory_of(path)] = {function, {}, false};
  }
  std::vector<const std::pair<const std::string, std::string>*> candidates;
  for (const auto& entry : project.static_files) {
    if (is_index(entry.first)) candidates.push_back(&entry);
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const auto* a, const auto* b) { return locale_less(a->second, b->second); });
  for (const auto* candidate : candidates) {
    Served& known = indexes[directory_of(candidate->first)];
    if (last_name(known.file) == "index.html") continue;
    known = {nullptr, candidate->second, is_withheld(candidate->first)};
  }
  return indexes;
}

/// A path is also reached with a slash at its end, unless it looks like a file name.
bool tolerates_slash(const std::string& path, const Served& served) {
  return served.function || last_name(path).find('.') == std::string_view::npos;
}

/// `/api/NAME.py` means `/api/NAME` wherever nothing has that very name.
void add_python_names(ServedPaths& served) {
  std::vector<std::pair<std::string, Served>> named;
  for (const auto& [path, target] : served) {
    const bool below_api = path.size() > 4 && path.compare(0, 4, "api/") == 0;
    if (below_api && path.back() != '/') named.emplace_back(path + ".py", target);
  }
  for (auto& entry : named) served.insert(std::move(entry));
}

/// With cleanUrls an .html file is served without its extension, an index.html as its directory; the
/// index wins where both come to the same path.
void add_clean_paths(const Project& project, ServedPaths& served) {
  constexpr std::string_view kHtml = ".html";
  ServedPaths clean;
  for (const auto& [path, file] : project.static_files) {
    if (path.size() <= kHtml.size() || path.substr(path.size() - kHtml.size()) != kHtml) continue;
    const bool index = last_name(path) == "index.html";
    std::string name = index ? directory_of(path) : path.substr(0, path.size() - kHtml.size());
    if (name.empty() || name.back() == '/') continue;
    const Served target{nullptr, file, is_withheld(path)};
    if (index) {
      clean.insert_or_assign(std::move(name), target);
    } else {
      clean.emplace(std::move(name), target);
    }
  }
  for (auto& entry : clean) served.insert(std::move(entry));
}

void add_directories(std::string_view path, std::set<std::string, std::less<>>& directories) {
  std::string directory = directory_of(path);
  while (directories.insert(directory).second && !directory.empty()) {
    directory = directory_of(directory);
  }
}

}  // namespace

bool has_files_below(const Project& project, const std::string& directory) {
  const std::string prefix = directory + "/";
  const auto first = project.files.lower_bound(prefix);
  return first != project.files.end() && first->compare(0, prefix.size(), prefix) == 0;
}

void fill_served_paths(Project& project, const StaticSettings& settings,
                       const std::set<std::string>& outside) {
  fill_static_files(project, settings, outside);
  ServedPaths& served = project.served;
  // The order of insertion is the order of precedence: what stands first stays.
  for (const auto& [path, file] : project.static_files) {
    served.emplace(path, Served{nullptr, file, is_withheld(path)});
    add_directories(path, project.directories);
  }
  if (settings.clean_urls) add_clean_paths(project, served);
  for (const auto& [path, function] : project.functions) {
    served.emplace(path, Served{function, {}, false});
    add_directories(path, project.directories);
  }
  std::vector<std::pair<std::string, Served>> with_slash;
  for (const auto& [path, target] : served) {
    if (tolerates_slash(path, target)) with_slash.emplace_back(path + "/", target);
  }
  for (auto& entry : with_slash) served.insert(std::move(entry));
  for (const auto& [directory, target] : find_indexes(project)) {
    served.emplace(directory, target);
    if (!directory.empty()) served.emplace(directory + "/", target);
  }
  // With cleanUrls the router redirects /api/NAME.py instead; nothing else may reach it that way.
  if (project.has_functions && !settings.clean_urls) add_python_names(served);
}

}  // namespace localfn
