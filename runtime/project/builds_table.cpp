#include "runtime/project/builds_table.h"

#include <fmt/format.h>

#include "runtime/project/glob.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

enum class Builder { Python, Static, Foreign };

/// "@vercel/python@4.3.0", "@now/python" → Python.
Builder builder_of(std::string_view use) {
  const std::size_t at = use.find('@', 1);
  const std::string_view name = use.substr(0, at);
  if (name == "@vercel/python" || name == "@now/python") return Builder::Python;
  if (name == "@vercel/static" || name == "@now/static") return Builder::Static;
  return Builder::Foreign;
}

bool ends_with_py(std::string_view file) {
  return file.size() > 3 && file.substr(file.size() - 3) == ".py";
}

bool is_glob(std::string_view source) {
  return source.find_first_of("*?{\\!+@(") != std::string_view::npos;
}

/// Whether the `src` of a build takes a file. Brackets stand for themselves, as in the names of
/// dynamic files.
bool takes(const std::string& source, const std::string& file) {
  if (file == source) return true;
  if (!is_glob(source)) return false;
  std::string pattern;
  for (const char c : source) {
    if (c == '[' || c == ']') pattern += '\\';
    pattern += c;
  }
  return dot_glob_matches(pattern, file);
}

std::vector<std::string> files_of(const Config::Build& build, const std::set<std::string>& files) {
  if (!is_glob(build.source)) {
    return files.count(build.source) > 0 ? std::vector{build.source} : std::vector<std::string>{};
  }
  std::vector<std::string> found;
  for (const std::string& file : files) {
    if (takes(build.source, file)) found.push_back(file);
  }
  return found;
}

void warn_of_nothing(const Config::Build& build, Config& config) {
  config.warnings.push_back(fmt::format(
      "{}: this build matches no file (platform: You defined 1 build that did not match any source "
      "files (please ensure they are NOT defined in `.vercelignore`): - {})",
      config.source.place(build.offset), build.written));
}

void add_function(const std::string& file, Project& project, const Config& config,
                  const Scans& scans, std::chrono::seconds limit, const Project* before) {
  // The platform does not look for an entry point here: a file without one fails when it is called.
  wire::Entry entry;
  entry.variable = "handler";
  const auto scan = scans.find(file);
  if (scan != scans.end() && scan->second.entry.found) entry = scan->second.entry;
  project.functions.emplace(file, make_function(file, file, entry, config, limit, before));
}

}  // namespace

const Config::Build* build_of(const Config& config, const std::string& file) {
  const Config::Build* found = nullptr;
  for (const Config::Build& build : config.builds) {
    if (builder_of(build.use) == Builder::Python && takes(build.source, file)) found = &build;
  }
  return found;
}

std::vector<std::string> built_functions(const Config& config, const std::set<std::string>& files) {
  std::set<std::string> found;
  for (const Config::Build& build : config.builds) {
    if (builder_of(build.use) != Builder::Python) continue;
    for (std::string& file : files_of(build, files)) {
      if (ends_with_py(file)) found.insert(std::move(file));
    }
  }
  return {found.begin(), found.end()};
}

void fill_builds(Project& project, Config& config, const Scans& scans,
                 std::chrono::seconds default_limit, const std::set<std::string>& outside,
                 const Project* before) {
  for (const Config::Build& build : config.builds) {
    const Builder builder = builder_of(build.use);
    if (builder == Builder::Foreign) {
      config.warnings.push_back(
          fmt::format("{}: the builder {} is not run: localfn has @vercel/python and @vercel/static",
                      config.source.place(build.offset), in_quotes(build.use)));
      continue;
    }
    const std::vector<std::string> files = files_of(build, project.files);
    if (files.empty()) warn_of_nothing(build, config);
    for (const std::string& file : files) {
      if (builder == Builder::Static) {
        if (outside.count(file) == 0) project.static_files.emplace(file, file);
      } else if (ends_with_py(file)) {
        add_function(file, project, config, scans, default_limit, before);
      } else {
        config.warnings.push_back(fmt::format("{}: {} is not run: @vercel/python takes .py files",
                                              config.source.place(build.offset), in_quotes(file)));
      }
    }
  }
  // A glob of static files that is too wide must not give away the source of a function.
  for (const auto& [path, function] : project.functions) project.static_files.erase(path);
}

}  // namespace localfn
