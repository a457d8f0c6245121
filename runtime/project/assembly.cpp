#include "runtime/project/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "runtime/project/builds_table.h"
#include "runtime/project/bulk_redirects.h"
#include "runtime/project/dotenv.h"
#include "runtime/project/environment.h"
#include "runtime/project/package_json.h"
#include "runtime/project/project_mode.h"
#include "runtime/project/root_files.h"
#include "runtime/project/served_paths.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

constexpr std::array<std::string_view, 4> kManifests = {"requirements.txt", "pyproject.toml",
                                                        "Pipfile", "manage.py"};

/// Variables of one file. A missing .env is ordinary; a missing --env-file is a problem.
void add_env_file(const std::string& path, const std::string& name, bool required,
                  std::vector<EnvironmentSource>& sources, Project& project) {
  TextFile file = read_text_file(path);
  if (!file.bytes) {
    if (required) {
      project.errors.push_back({printable(name), 0, 0, "cannot read it: " + file.reason, {}, {}});
    } else if (!file.missing) {
      project.warnings.push_back(fmt::format("cannot read {}: {}", name, file.reason));
    }
    return;
  }
  DotenvFile parsed = parse_dotenv(SourceText(printable(name), decode_text(std::move(*file.bytes))));
  for (std::string& warning : parsed.warnings) project.warnings.push_back(std::move(warning));
  sources.push_back({printable(name), std::move(parsed.variables)});
}

void fill_environment(const Folder& folder, const FixedInputs& inputs, const Config& config,
                      Project& project) {
  std::vector<EnvironmentSource> sources;
  for (const char* name : {".env", ".env.local"}) {
    add_env_file(folder.tree().absolute(name), name, false, sources, project);
  }
  for (const std::string& path : inputs.env_files) {
    add_env_file(path, path, true, sources, project);
  }
  sources.push_back({"--env", inputs.env});
  ComposedEnvironment composed = compose_environment(inputs.shell, config, sources);
  project.environment = std::move(composed.variables);
  for (std::string& warning : composed.warnings) project.warnings.push_back(std::move(warning));
}

/// Functions, and which files are no functions because of how the project is served.
void fill_mode(const Folder& folder, const FixedInputs& inputs, const Scans& scans,
               const std::set<std::string>& outside, const Project* before, Config& config,
               Project& project) {
  if (!config.builds.empty()) {
    project.mode = ProjectMode::Builds;
    return fill_builds(project, config, scans, inputs.max_duration, outside, before);
  }
  project.framework = configured_framework(config);
  if (!project.framework) {
    const auto files = fill_functions(project, config, scans, inputs.max_duration, before);
    if (!config.has_framework) project.framework = framework_of_manifests(folder, config, project);
    if (!project.framework) return check_patterns(config, files, project.not_functions);
  }
  project.mode = ProjectMode::Framework;
  check_anchor(project);
  project.not_functions.clear();
}

StaticSettings static_settings(const Project& project, Config& config) {
  StaticSettings settings;
  settings.clean_urls = config.routing.clean_urls.value_or(false);
  if (config.output_directory) settings.output_directory = config.output_directory->text;
  const bool named = settings.output_directory && !settings.output_directory->empty();
  if (named && project.mode == ProjectMode::Functions &&
      !has_files_below(project, *settings.output_directory)) {
    config.warnings.push_back(fmt::format(
        "{}: outputDirectory {} has no files: static files come from the project's root",
        config.source.place(config.output_directory->offset), in_quotes(*settings.output_directory)));
  }
  return settings;
}

/// The rules of vercel.json, compiled; what the compiler finds is added to the file's problems.
void compile_rules(const Folder& folder, Config& config, Project& project) {
  load_bulk_redirects(folder, config);
  config.routing.place_of = Places(config.source);
  std::vector<rules::Problem> problems;
  project.rules = rules::RouteTable::compile(std::move(config.routing), problems);
  for (std::size_t i = 0; i < std::min(problems.size(), kMostErrors); ++i) {
    rules::Problem& problem = problems[i];
    config.errors.push_back(config.source.problem_at(problem.offset, std::move(problem.message),
                                                     std::move(problem.platform)));
  }
  // Read from top to bottom, whichever of the readers has found them.
  std::stable_sort(config.errors.begin(), config.errors.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.line, a.column) < std::tie(b.line, b.column);
                   });
  if (problems.size() > kMostErrors) {
    config.errors.push_back(more_problems(config.source, problems.size() - kMostErrors));
  }
}

using Limit = std::tuple<std::string, std::chrono::seconds, std::optional<int>>;
std::vector<Limit> limits(const Project& project) {
  std::vector<Limit> all;
  for (const auto& [path, function] : project.functions) {
    all.emplace_back(function->file, function->max_duration, function->memory);
  }
  if (project.framework && project.framework->function) {
    const Function& app = *project.framework->function;
    all.emplace_back(app.file, app.max_duration, app.memory);
  }
  return all;
}

/// What an instance of the app is told beside its file.
std::vector<std::string> app_facts(const Project& project) {
  if (!project.framework || !project.framework->function) return {};
  const FrameworkApp& app = *project.framework;
  return {app.slug, app.folder, app.function->file, app.function->variable};
}

std::uint64_t next_version(const Project& project, const Project* before) {
  if (before == nullptr) return 1;
  const bool same = before->environment == project.environment &&
                    limits(*before) == limits(project) && app_facts(*before) == app_facts(project);
  return before->environment_version + (same ? 0 : 1);
}

/// The shell's variables as after `source VENV/bin/activate`; without a venv none is active, for
/// what the shell has activated is not what runs.
Environment with_environment(Environment shell, const std::string& venv) {
  std::erase_if(shell, [](const auto& variable) { return variable.first == "VIRTUAL_ENV"; });
  if (venv.empty()) return shell;
  shell.emplace_back("VIRTUAL_ENV", venv);
  const std::string programs = venv + "/bin";
  for (auto& [name, value] : shell) {
    const bool there = value == programs || value.starts_with(programs + ":");
    if (name == "PATH" && !there) value = programs + ":" + value;
  }
  return shell;
}

std::pair<std::string, std::string> split_env(const std::string& option) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos) return {option, {}};
  return {option.substr(0, equals), option.substr(equals + 1)};
}

}  // namespace

FixedInputs fixed_inputs(const WorkspaceOptions& options) {
  FixedInputs inputs;
  inputs.max_duration = options.max_duration;
  inputs.python = options.python;
  inputs.venv = options.venv;
  inputs.shell = with_environment(shell_environment(), options.venv);
  for (const std::string& option : options.env) {
    auto [name, value] = split_env(option);
    if (!is_variable_name(name)) {
      throw UsageError(fmt::format("cannot set {}: a name has only letters, digits and underscores "
                                   "and does not start with a digit (--env NAME[=VALUE])",
                                   in_quotes(name)));
    }
    bool known = option.size() > name.size();
    for (const auto& [shell_name, shell_value] : inputs.shell) {
      if (known || shell_name != name) continue;
      value = shell_value;
      known = true;
    }
    if (known) {
      inputs.env.emplace_back(name, value);
    } else {
      inputs.warnings.push_back(fmt::format("--env {}: not set in this shell", name));
    }
  }
  for (const std::string& option : options.env_files) {
    const std::string path = std::filesystem::absolute(option).lexically_normal().string();
    const TextFile file = read_text_file(path);
    if (!file.bytes) {
      throw UsageError(fmt::format("cannot read {}: {} (--env-file)", in_quotes(option), file.reason));
    }
    inputs.env_files.push_back(path);
  }
  return inputs;
}

bool shapes_project(const std::string& path) {
  if (path.find('/') != std::string::npos) return path[0] == '/';  // only --env-file is absolute
  if (path == "vercel.json" || path == "now.json" || path == "package.json") return true;
  if (path.compare(0, 4, ".env") == 0) return true;
  for (const std::string_view name : kManifests) {
    if (path == name) return true;
  }
  return false;
}

Config load_config(const Folder& folder) {
  const std::string path = folder.tree().absolute("vercel.json");
  TextFile file = read_text_file(path);
  if (file.bytes) return read_config(std::move(*file.bytes), path);
  Config config;
  if (!file.missing) {
    config.errors.push_back({"vercel.json", 0, 0, "cannot read it: " + file.reason, {}, {}});
  }
  return config;
}

Project assemble_project(const Folder& folder, const FixedInputs& inputs, const Scans& scans,
                         const EntryLookup& look_up, Config config, const Project* before) {
  Project project;
  project.root = folder.tree().root();
  project.python = inputs.python;
  project.venv = inputs.venv;
  std::set<std::string> outside;
  for (const auto& [path, facts] : folder.files()) {
    if (!facts.listed) continue;
    project.files.insert(project.files.end(), path);
    if (facts.outside) outside.insert(path);
  }
  project.warnings = inputs.warnings;
  if (project.files.empty()) {
    project.warnings.push_back("there is nothing to serve, so every request is answered 404 (platform: "
                               "WARNING! There are no files inside your deployment.)");
  }
  if (!folder.note().empty()) project.warnings.push_back(folder.note());
  project.errors = folder.tree().problems();
  check_root_files(folder, project);

  project.fluid = config.fluid;
  fill_mode(folder, inputs, scans, outside, before, config, project);
  check_package_json(folder, config, project);
  fill_served_paths(project, static_settings(project, config), outside);
  compile_rules(folder, config, project);
  for (std::string& warning : config.warnings) project.warnings.push_back(std::move(warning));
  fill_environment(folder, inputs, config, project);
  if (project.framework) find_app(folder, config, look_up, inputs.max_duration, before, project);
  // What is wrong in vercel.json is read first: it may be the cause of the rest.
  project.errors.insert(project.errors.begin(), config.errors.begin(), config.errors.end());
  project.environment_version = next_version(project, before);
  return project;
}

}  // namespace localfn
