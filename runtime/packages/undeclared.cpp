#include "runtime/packages/undeclared.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "runtime/packages/dependencies.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/installed.h"

namespace localfn::packages {
namespace {

/// Every environment has these, and the platform's builds may have them too.
bool is_installer(const std::string& distribution) {
  return distribution == "pip" || distribution == "setuptools" || distribution == "wheel";
}

/// What the manifest brings; nothing when that cannot be told.
std::optional<std::set<std::string>> brought_by(const std::optional<Dependencies>& manifest,
                                                const Installed& installed,
                                                const std::string& python) {
  std::set<std::string> named;
  if (!manifest) return named;
  if (manifest->more) return std::nullopt;
  if (!absent(*manifest, installed, python).empty()) return std::nullopt;
  for (const Requirement& requirement : manifest->named) named.insert(requirement.name);
  return installed.with_needs(std::move(named));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  }
  return text;
}

std::string named(const std::string& module, const std::string& package) {
  // Of a shared name it may be any of them.
  const bool plain = package == normalized(module) || providers_of(module).shared;
  return plain ? module : fmt::format("{} (package {})", module, package);
}

std::string warning(const Function& function, const std::vector<std::string>& missing,
                    const std::optional<Dependencies>& manifest) {
  const bool one = missing.size() == 1;
  return fmt::format("{} imports {}, which {} installed here but {}: {} will be missing on Vercel",
                     function.file, joined(missing), one ? "is" : "are",
                     manifest ? "not brought by " + manifest->file
                              : "the project has no requirements.txt",
                     one ? "it" : "they");
}

std::string look(const Function& function, const Declarations& declarations) {
  const auto manifest = declarations.manifest_for(function.file);
  std::vector<std::string> missing;
  for (const std::string& module : function.imports) {
    if (declarations.is_own(module)) continue;
    const auto package = declarations.undeclared(module, manifest);
    if (package) missing.push_back(named(module, *package));
  }
  return missing.empty() ? std::string() : warning(function, missing, manifest.read);
}

}  // namespace

Declarations::Declarations(const Project& project)
    : project_(project), installed_(project.venv, project.python) {}

Declarations::Manifest Declarations::manifest_for(const std::string& function_file) const {
  Manifest manifest{dependencies_for(project_.root.string(), function_file), {}};
  manifest.brought = brought_by(manifest.read, installed_, project_.python);
  return manifest;
}

std::optional<std::string> Declarations::undeclared(const std::string& module,
                                                    const Manifest& manifest) const {
  if (!manifest.brought) return {};
  const auto packages = installed_.bringing(module);
  const bool known = std::any_of(packages.begin(), packages.end(), [&](const auto& name) {
    return manifest.brought->contains(name) || is_installer(name);
  });
  if (packages.empty() || known) return {};
  return *packages.begin();
}

bool Declarations::is_own(const std::string& module) const {
  if (project_.files.contains(module + ".py")) return true;
  const auto below = project_.files.lower_bound(module + "/");
  return below != project_.files.end() && below->starts_with(module + "/");
}

std::vector<std::string> undeclared_imports(const Project& project) {
  const bool any = std::any_of(project.functions.begin(), project.functions.end(),
                               [](const auto& entry) { return !entry.second->imports.empty(); });
  if (!any) return {};
  const Declarations declarations(project);
  std::vector<std::string> lines;
  for (const auto& [path, function] : project.functions) {
    if (std::string line = look(*function, declarations); !line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace localfn::packages
