// Imports that fail on the platform, of every file that a function reaches.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "runtime/checks/check.h"
#include "runtime/packages/distributions.h"
#include "runtime/packages/lines.h"
#include "runtime/packages/own_modules.h"
#include "runtime/packages/requirement.h"
#include "runtime/packages/standard_library.h"
#include "runtime/packages/undeclared.h"

namespace localfn::checks {
namespace {

using Manifest = packages::Declarations::Manifest;

Place place_of(const std::string& file, const wire::Observation& seen) {
  return {file, static_cast<int>(seen.line), static_cast<int>(seen.column)};
}

/// The line of the file as it is written, without what stands around it.
std::string source_of(const std::string& path, std::uint32_t line) {
  const std::string text = read_text_file(path).bytes.value_or("");
  std::string found;
  packages::for_lines(text, [&](std::string_view each) {
    if (--line == 0) found = packages::trimmed(each);
    return line > 0;
  });
  return found;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// What an import asks packages for: an outermost name, or of one that many packages share
/// (`from google.cloud import storage`) those parts of it that are packages.
std::set<std::string> modules_of(const wire::Observation& seen,
                                 const std::vector<wire::Observation>& all) {
  const auto providers = packages::providers_of(seen.text);
  if (!providers.distributions.empty()) return {providers.module};
  std::set<std::string> found;
  for (const auto& each : all) {
    const bool imported = each.kind == "name" && each.line == seen.line &&
                          each.column == seen.column && each.text.starts_with(seen.text + ".");
    if (imported && !each.text.ends_with('*')) found.insert(packages::providers_of(each.text).module);
  }
  if (found.empty()) found.insert(providers.module);
  return found;
}

/// Whether the manifest names a package that brings back a module that Python has lost.
bool has_replacement(const std::string& module, const Manifest& manifest) {
  if (!manifest.read) return false;
  const std::string name = packages::normalized(module);
  const std::array<std::string, 5> replacements = {"standard-" + name, "legacy-" + name,
                                                   name + "-lts", "py" + name,
                                                   module == "distutils" ? "setuptools"
                                                   : module == "cgitb"   ? "legacy-cgi"
                                                                         : name};
  return manifest.read->more ||
         std::any_of(replacements.begin(), replacements.end(),
                     [&](const auto& each) { return manifest.read->find(each) != nullptr; });
}

/// The imports of one function: those of its file and of all it reaches.
class Looker {
 public:
  Looker(const Input& input, const packages::Declarations& declarations, PythonVersion python,
         const std::string& entry, Findings& findings)
      : input_(input),
        declarations_(declarations),
        python_(python),
        entry_(entry),
        manifest_(declarations.manifest_for(entry)),
        reached_(input.sources.reached_from(entry)),
        findings_(findings) {
    for (const std::string& file : reached_) {
      const auto& seen = input_.sources.seen_in(file);
      const bool changes = std::any_of(seen.begin(), seen.end(),
                                       [](const auto& each) { return each.kind == "path change"; });
      if (changes) changing_.insert(file);
    }
  }

  void look() {
    for (const std::string& file : reached_) {
      for (const auto& seen : input_.sources.seen_in(file)) {
        const bool standard = seen.kind == "standard import";
        if (!standard && !is_needed_import(seen)) continue;
        for (const std::string& module : modules_of(seen, input_.sources.seen_in(file))) {
          // The first import of a file tells all of them.
          if (!said_.emplace(file, module).second) continue;
          if (standard) {
            look_at_standard(file, seen, module);
          } else {
            look_at(file, seen, module);
          }
        }
      }
    }
  }

 private:
  void look_at(const std::string& file, const wire::Observation& seen, const std::string& module) {
    const std::string own = outermost(module);
    if (declarations_.is_own(own) || is_in_app_folder(own)) return;
    const bool beside = has_module(input_.project, folder_of(file), own);
    if (const auto package = declarations_.undeclared(module, manifest_)) {
      if (!beside || changing_.empty()) tell_undeclared(file, seen, module, *package);
    } else if (beside && !is_brought(module)) {
      look_at_sibling(file, seen, own);
    } else if (is_nowhere(module) && (changing_.empty() || !has_anywhere(own)) &&
               !look_elsewhere(file, seen, own) && !look_at_standard(file, seen, module)) {
      tell_missing(file, seen, module);
    }
  }

  /// Whether some folder of the project has a module of that name: it may be on sys.path.
  bool has_anywhere(const std::string& module) const {
    const auto& files = input_.project.files;
    return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      const std::string_view path = file;
      for (auto at = path.find(module); at != path.npos; at = path.find(module, at + 1)) {
        const bool begins = at == 0 || path[at - 1] == '/';
        const auto rest = path.substr(at + module.size());
        if (begins && (rest.starts_with('/') || rest.starts_with('.'))) return true;
      }
      return false;
    });
  }

  /// A module that nobody brings. A warning where not all of sys.path is known.
  Finding fails_here_too(const std::string& file, const wire::Observation& seen,
                         const std::string& message, std::string fix) const {
    std::string unless;
    if (!changing_.empty()) {
      unless = fmt::format("unless sys.path gets more than folders of the project ({}), ",
                           joined(changing_));
    }
    Finding found = finding("undeclared-package", place_of(file, seen),
                            fmt::format("{}: {}the import fails, here too", message, unless),
                            std::move(fix));
    if (!changing_.empty()) found.severity = Severity::Warning;
    return found;
  }

  /// Whether the project has such a module in another place, or one of nearly that name: what a
  /// request would be told.
  bool look_elsewhere(const std::string& file, const wire::Observation& seen,
                      const std::string& module) {
    Function function;
    function.file = entry_;
    const std::string source = source_of((input_.project.root / file).string(), seen.line);
    std::string advice = packages::own_module_advice({module, source}, function, input_.project);
    if (advice.empty()) return false;
    findings_.push_back(fails_here_too(
        file, seen,
        fmt::format("`{}` is not in the project's root, and no package brings it", module),
        std::move(advice)));
    return true;
  }

  /// Django's modules lie beside its manage.py.
  bool is_in_app_folder(const std::string& module) const {
    const auto& app = input_.project.framework;
    return app && !app->folder.empty() && has_module(input_.project, app->folder + "/", module);
  }

  bool is_brought(const std::string& module) const {
    if (!manifest_.read) return false;
    const auto providers = packages::providers_of(module).distributions;
    return std::any_of(providers.begin(), providers.end(), [&](const auto& name) {
      return manifest_.read->find(packages::normalized(name)) != nullptr;
    });
  }

  /// Neither installed nor named, while everything that is named is installed.
  bool is_nowhere(const std::string& module) const {
    const packages::Installed& installed = declarations_.installed();
    if (!manifest_.brought || is_brought(module) || !installed.bringing(module).empty()) return false;
    // Some packages do not list their files: one that is here may have that part of a shared name.
    const auto providers = packages::providers_of(module);
    return !providers.shared || providers.known || installed.bringing(outermost(module)).empty();
  }

  void look_at_sibling(const std::string& file, const wire::Observation& seen,
                       const std::string& module) {
    if (changing_.contains(file)) return;
    const std::string own = folder_of(file) + module;
    std::string package = own.substr(0, own.size() - module.size() - 1);
    std::replace(package.begin(), package.end(), '/', '.');
    Finding found = finding(
        "sibling-import", place_of(file, seen),
        fmt::format("`{}` lies beside this file, but imports start at the project's root there",
                    module),
        fmt::format("write `from {} import …` or `from . import {}`", package + "." + module,
                    module));
    if (!changing_.empty()) {
      found.severity = Severity::Warning;
      found.message = fmt::format(
          "`{}` lies beside this file, and is found only because {} changes "
          "sys.path before: in another order the import fails",
          module, joined(changing_));
    }
    findings_.push_back(std::move(found));
  }

  void tell_undeclared(const std::string& file, const wire::Observation& seen,
                       const std::string& module, const std::string& package) {
    const auto& manifest = manifest_.read;
    findings_.push_back(finding(
        "undeclared-package", place_of(file, seen),
        fmt::format(
            "`{}` is installed here, but {}: there the import fails", module,
            manifest ? "not brought by " + manifest->file : "the project has no requirements.txt"),
        fmt::format("add {} to {}", package, manifest ? manifest->file : "requirements.txt")));
  }

  void tell_missing(const std::string& file, const wire::Observation& seen,
                    const std::string& module) {
    const auto& manifest = manifest_.read;
    const auto providers = packages::providers_of(module).distributions;
    const std::string package = providers.empty() ? "the package that is meant" : providers.front();
    findings_.push_back(fails_here_too(
        file, seen,
        fmt::format("`{}` is no module of the project, and {}", module,
                    manifest ? manifest->file + " does not bring it"
                             : "there is no requirements.txt that brings it"),
        fmt::format("add {} to {}, or correct the name", package,
                    manifest ? manifest->file : "requirements.txt")));
  }

  /// Whether it is one that the platform's Python does not have.
  bool look_at_standard(const std::string& file, const wire::Observation& seen,
                        const std::string& module) {
    if (declarations_.is_own(module) || has_replacement(module, manifest_)) return false;
    const std::string advice = packages::standard_library_advice(module, python_.text());
    // A module that is only older than `since` is there.
    const bool there = advice.find("installation comes without it") != std::string::npos;
    if (advice.empty() || there) return false;
    findings_.push_back(finding(
        "removed-module", place_of(file, seen),
        fmt::format("Python {}, which the platform takes, has no `{}`", python_.text(), module),
        advice));
    return true;
  }

  const Input& input_;
  const packages::Declarations& declarations_;
  const PythonVersion python_;
  const std::string entry_;
  const Manifest manifest_;
  const std::set<std::string> reached_;
  std::set<std::string> changing_;                      ///< files that change sys.path
  std::set<std::pair<std::string, std::string>> said_;  ///< files and modules
  Findings& findings_;
};

}  // namespace

void check_imports(const Input& input, PythonVersion python, Findings& findings) {
  const packages::Declarations declarations(input.project);
  for (const std::string& entry : input.sources.entries()) {
    Looker(input, declarations, python, entry, findings).look();
  }
}

}  // namespace localfn::checks
