// How large a function's bundle gets: all files of the project, and the packages of its manifest.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "runtime/checks/check.h"
#include "runtime/packages/dependencies.h"
#include "runtime/packages/installed.h"
#include "runtime/project/glob.h"

namespace localfn::checks {
namespace {

constexpr std::uintmax_t kMegabyte = 1'000'000;
constexpr std::uintmax_t kMost = 500 * kMegabyte;
// From here on packages are installed anew by every cold start.
constexpr std::uintmax_t kComfortable = 225 * kMegabyte;

constexpr std::array<std::string_view, 12> kLeftOutFolders = {
    "node_modules", ".next",       ".nuxt",  ".venv",   "venv",        "__pycache__",
    ".mypy_cache",  ".ruff_cache", "public", ".vercel", ".pnpm-store", ".git"};

/// Of the files, those that the platform puts into no bundle, whatever .vercelignore takes back.
bool is_left_out(std::string_view file) {
  for (std::size_t begin = 0;;) {
    const auto end = file.find('/', begin);
    if (end == std::string_view::npos) return false;
    const std::string_view folder = file.substr(begin, end - begin);
    if (std::find(kLeftOutFolders.begin(), kLeftOutFolders.end(), folder) !=
        kLeftOutFolders.end()) {
      return true;
    }
    begin = end + 1;
  }
}

/// Of each function, by its file.
std::map<std::string, std::string> excluded_by(const Project& project) {
  std::map<std::string, std::string> excluded;
  for (const auto& [path, function] : project.functions) {
    excluded[function->file] = function->excluded;
  }
  const auto& app = project.framework;
  if (app && app->function) excluded[app->function->file] = app->function->excluded;
  return excluded;
}

struct Part {
  std::uintmax_t bytes;
  std::string name;
};

class Bundle {
 public:
  explicit Bundle(const Input& input)
      : root_(input.project.root.string()), installed_(input.project.venv, input.project.python) {
    std::error_code ignored;
    for (const std::string& file : input.project.files) {
      if (is_left_out(file)) continue;
      const auto bytes = std::filesystem::file_size(input.project.root / file, ignored);
      if (!ignored) files_.push_back({bytes, file});
    }
  }

  /// What one function's bundle is made of.
  std::vector<Part> parts(const std::string& entry, const std::string& excluded) {
    std::vector<Part> parts;
    for (const Part& file : files_) {
      if (excluded.empty() || !dot_glob_matches(excluded, file.name)) parts.push_back(file);
    }
    for (const std::string& package : packages_of(entry)) {
      const auto [known, is_new] = package_bytes_.emplace(package, 0);
      if (is_new) known->second = installed_.bytes_of(package);
      parts.push_back({known->second, "the package " + package});
    }
    return parts;
  }

 private:
  std::set<std::string> packages_of(const std::string& entry) const {
    std::set<std::string> named;
    if (const auto manifest = packages::dependencies_for(root_, entry)) {
      for (const auto& requirement : manifest->named) named.insert(requirement.name);
    }
    return installed_.with_required(std::move(named));
  }

  const std::string root_;
  const packages::Installed installed_;
  std::vector<Part> files_;
  std::map<std::string, std::uintmax_t> package_bytes_;
};

std::string largest(std::vector<Part> parts) {
  constexpr std::size_t kShown = 3;
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.bytes > b.bytes; });
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, parts.size()); ++i) {
    if (parts[i].bytes < kMegabyte) break;
    text += fmt::format("{}{} {} MB", text.empty() ? "" : ", ", printable(parts[i].name),
                        parts[i].bytes / kMegabyte);
  }
  return text;
}

}  // namespace

void check_bundle(const Input& input, Findings& findings) {
  auto excluded = excluded_by(input.project);
  Bundle bundle(input);
  for (const std::string& entry : input.sources.entries()) {
    const auto parts = bundle.parts(entry, excluded[entry]);
    std::uintmax_t bytes = 0;
    for (const Part& part : parts) bytes += part.bytes;
    if (bytes <= kComfortable) continue;
    const bool too_large = bytes > kMost;
    Finding found = finding(
        "bundle-size", {entry, 0, 0},
        fmt::format("the bundle has {} MB ({}): {}", bytes / kMegabyte, largest(parts),
                    too_large ? "more than 500 MB are refused"
                              : "over 225 MB its packages are installed anew at every cold start"),
        "leave files out with .vercelignore or `excludeFiles`, and take packages out of the "
        "manifest");
    if (!too_large) found.severity = Severity::Warning;
    findings.push_back(std::move(found));
    return;  // the others have the same files
  }
}

}  // namespace localfn::checks
