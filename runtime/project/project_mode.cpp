#include "runtime/project/project_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/project/class_handler.h"
#include "runtime/project/functions_table.h"
#include "runtime/project/manifest.h"
#include "runtime/project/package_json.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

constexpr std::array<std::string_view, 5> kPythonFrameworks = {"fastapi", "flask", "django",
                                                               "fasthtml", "python"};

constexpr std::array<const char*, 3> kAnchors = {"requirements.txt", "pyproject.toml", "Pipfile"};

Manifests read_manifests(const Folder& folder) {
  Manifests manifests;
  const auto read = [&](const char* name) -> std::optional<std::string> {
    TextFile file = read_text_file(folder.tree().absolute(name));
    if (!file.bytes) return std::nullopt;
    return decode_text(std::move(*file.bytes));
  };
  const auto requirements = read("requirements.txt"), pyproject = read("pyproject.toml"),
             pipfile = read("Pipfile");
  if (requirements) manifests.present = "requirements.txt";
  else if (pyproject) manifests.present = "pyproject.toml";
  else if (pipfile) manifests.present = "Pipfile";
  manifests.requirements = requirements.value_or("");
  manifests.pyproject = pyproject.value_or("");
  manifests.pipfile = pipfile.value_or("");
  manifests.manage = read("manage.py").value_or("");
  manifests.package_json = read("package.json").value_or("");
  return manifests;
}

/// Whether a file of api/ would be a function if it could be parsed: a slip in the only function
/// must not turn the whole project into something else.
bool has_broken_function(const Project& project) {
  return std::any_of(project.not_functions.begin(), project.not_functions.end(),
                     [](const auto& entry) { return entry.second.syntax_error; });
}

/// Whether a project of functions would be the same as an app of that preset: its only function is
/// the file that the preset takes for the app, and its own rules give it the other paths.
bool is_the_app_of(std::string_view preset, const Project& project, bool has_rules) {
  // Django's app is the one that its settings name.
  if (preset == "django" || !has_rules || project.functions.size() != 1) return false;
  const Function& function = *project.functions.begin()->second;
  const auto inner = entry_names({"api"});
  const auto before = entry_names({"", "src", "app"});
  return !is_class_handler(function) &&
         std::find(inner.begin(), inner.end(), function.file) != inner.end() &&
         std::none_of(before.begin(), before.end(),
                      [&](const auto& file) { return project.files.contains(file); });
}

}  // namespace

std::optional<FrameworkApp> configured_framework(Config& config) {
  if (!config.framework) return std::nullopt;
  const std::string& slug = config.framework->text;
  if (std::find(kPythonFrameworks.begin(), kPythonFrameworks.end(), slug) !=
      kPythonFrameworks.end()) {
    return FrameworkApp{slug, config.source.place(config.framework->offset)};
  }
  const std::string meant = nearest(slug.substr(0, 40), kPythonFrameworks);
  config.warnings.push_back(fmt::format(
      "{}: the framework {} is not run: localfn knows fastapi, flask, django, fasthtml and python{}; "
      "functions of api/ and static files are served",
      config.source.place(config.framework->offset), in_quotes(slug),
      meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?"));
  return std::nullopt;
}

void check_anchor(Project& project) {
  FrameworkApp& app = *project.framework;
  app.has_manifest = std::any_of(kAnchors.begin(), kAnchors.end(), [&](const char* name) {
    return project.files.find(name) != project.files.end();
  });
  if (app.has_manifest) return;
  project.warnings.push_back(fmt::format(
      "{}: the {} app is never served: the platform needs requirements.txt, pyproject.toml or "
      "Pipfile in the project's root", app.because_of, app.slug));
}

std::optional<FrameworkApp> differing_preset(const Manifests& manifests, const Project& project,
                                             bool has_rules) {
  auto app = detect_framework(manifests);
  if (!app || app->slug == "python") return std::nullopt;
  if (has_javascript_framework(manifests.package_json)) return std::nullopt;
  if (is_the_app_of(app->slug, project, has_rules)) return std::nullopt;
  return app;
}

std::optional<FrameworkApp> framework_of_manifests(const Folder& folder, const Config& config,
                                                   Project& project) {
  const Manifests manifests = read_manifests(folder);
  if (project.has_functions) {
    const auto& rules = config.routing;
    if (differing_preset(manifests, project, !rules.rewrites.empty() || !rules.routes.empty())) {
      project.warnings.push_back(*framework_warning(manifests));
    }
    return std::nullopt;
  }
  if (has_broken_function(project)) return std::nullopt;
  return detect_framework(manifests);
}

void find_app(const Folder& folder, const Config& config, const EntryLookup& look_up,
              std::chrono::seconds default_limit, const Project* before, Project& project) {
  FrameworkApp& app = *project.framework;
  if (!app.has_manifest) return;
  const Manifests manifests = read_manifests(folder);
  AppSources sources{app.slug, project.files, manifests.pyproject, {}, look_up};
  for (const auto& [name, value] : project.environment) {
    if (name == "DJANGO_SETTINGS_MODULE") sources.settings_module = value;
  }
  AppEntry found = find_app_entry(sources);
  app.hints = std::move(found.hints);
  if (found.file.empty()) {
    app.problem = std::move(found.problem);
    project.warnings.push_back(fmt::format(
        "{}: the {} app has no entry point, so every request fails and so will the deployment: {}",
        app.because_of, app.slug, app.problem.substr(0, app.problem.find('\n'))));
    return;
  }
  app.function = make_function(found.file, "", found.entry, config, default_limit, before);
  app.chosen_by = std::move(found.chosen_by);
  app.folder = std::move(found.folder);
}

}  // namespace localfn
