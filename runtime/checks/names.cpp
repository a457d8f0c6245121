// Names that are in each other's way: on a file system that ignores case, and among imports.
#include <fmt/format.h>

#include <map>
#include <set>

#include "runtime/base/ascii.h"
#include "runtime/checks/check.h"
#include "runtime/packages/dependencies.h"

namespace localfn::checks {
namespace {

/// Files and folders: the first name of each, by its small letters.
void check_case(const Input& input, Findings& findings) {
  std::map<std::string, std::string> first;
  std::set<std::string> said;
  for (const std::string& file : input.project.files) {
    for (auto end = file.find('/');; end = file.find('/', end + 1)) {
      const std::string path = file.substr(0, end);
      const auto [other, is_new] = first.emplace(lower_case(path), path);
      // One difference, at the outermost name that has it.
      if (!is_new && other->second != path && folder_of(other->second) == folder_of(path) &&
          said.insert(path).second) {
        findings.push_back(finding(
            "case-conflict", {file, 0, 0},
            fmt::format("{} and {} differ only in case: macOS and Windows keep one of them, so who "
                        "deploys from there loses the other",
                        other->second, path),
            "rename one of them"));
      }
      if (end == std::string::npos) break;
    }
  }
}

/// What the manifests of functions name, in the form of modules: "flask_cors".
std::set<std::string> declared_modules(const Input& input) {
  std::set<std::string> names;
  for (const std::string& entry : input.sources.entries()) {
    const auto manifest = packages::dependencies_for(input.project.root.string(), entry);
    if (!manifest) continue;
    for (const auto& requirement : manifest->named) {
      std::string name = requirement.name;
      for (char& c : name) c = c == '-' ? '_' : c;
      names.insert(name);
    }
  }
  return names;
}

void check_shadows(const Input& input, Findings& findings) {
  const auto declared = declared_modules(input);
  std::set<std::string> said;
  for (const std::string& file : input.sources.reached()) {
    for (const auto& seen : input.sources.seen_in(file)) {
      const bool standard = seen.kind == "standard import";
      const std::string module = outermost(seen.text);
      if (!standard && !(seen.kind.ends_with("import") && declared.contains(module))) continue;
      const std::string own = module + ".py";
      if (!input.project.files.contains(own) || own == file || !said.insert(module).second)
        continue;
      findings.push_back(finding(
          "shadowed-module", {file, static_cast<int>(seen.line), static_cast<int>(seen.column)},
          fmt::format(
              "`{}` is {} here, for the project's root comes first on sys.path: it hides {}",
              module, own,
              standard ? "the module of Python's standard library"
                       : "the package that the manifest names"),
          fmt::format("rename {}", own)));
    }
  }
}

}  // namespace

void check_names(const Input& input, Findings& findings) {
  check_case(input, findings);
  check_shadows(input, findings);
}

}  // namespace localfn::checks
