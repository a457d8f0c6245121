#include "runtime/project/assembly.h"

#include <fmt/format.h>

#include <array>

#include "runtime/project/config.h"
#include "runtime/project/dotenv.h"
#include "runtime/project/environment.h"
#include "runtime/project/manifest.h"
#include "runtime/project/served_paths.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

constexpr std::array<std::string_view, 6> kOtherConfigs = {"vercel.toml", "vercel.ts",  "vercel.mts",
                                                           "vercel.js",   "vercel.mjs", "vercel.cjs"};
constexpr std::array<std::string_view, 4> kManifests = {"requirements.txt", "pyproject.toml",
                                                        "Pipfile", "manage.py"};

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

/// Other names under which the platform looks for its configuration.
void check_config_names(const Folder& folder, Project& project) {
  const auto has = [&](std::string_view name) {
    return folder.files().count(std::string(name)) > 0;
  };
  if (has("now.json")) {
    project.errors.push_back(
        {"now.json", 0, 0, "is no longer read; rename it to vercel.json", {},
         "Error: [DEPRECATED_NOW_JSON] The `now.json` file is deprecated and no longer supported. "
         "Please rename it to `vercel.json`."});
  }
  for (const std::string_view name : kOtherConfigs) {
    if (!has(name)) continue;
    if (has("vercel.json")) {
      project.errors.push_back(
          {std::string(name), 0, 0, "stands beside vercel.json; keep one of them", {},
           fmt::format("Error: [CONFLICTING_CONFIG_FILES] Multiple config files found: vercel.json, "
                       "{}. Please use only one configuration method.", name)});
    } else {
      project.warnings.push_back(fmt::format("{} is not read: localfn reads vercel.json", name));
    }
  }
}

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

void warn_of_framework(const Folder& folder, const Config& config, Project& project) {
  if (!project.has_functions || config.has_framework || config.has_builds) return;
  std::array<std::string, kManifests.size()> texts;
  for (std::size_t i = 0; i < kManifests.size(); ++i) {
    TextFile file = read_text_file(folder.tree().absolute(std::string(kManifests[i])));
    if (file.bytes) texts[i] = decode_text(std::move(*file.bytes));
  }
  auto warning = framework_warning({texts[0], texts[1], texts[2], texts[3]});
  if (warning) project.warnings.push_back(std::move(*warning));
}

std::vector<std::pair<std::string, std::chrono::seconds>> limits(const Project& project) {
  std::vector<std::pair<std::string, std::chrono::seconds>> all;
  for (const auto& [path, function] : project.functions) {
    all.emplace_back(function->file, function->max_duration);
  }
  return all;
}

std::uint64_t next_version(const Project& project, const Project* before) {
  if (before == nullptr) return 1;
  const bool same =
      before->environment == project.environment && limits(*before) == limits(project);
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
  if (path == "vercel.json" || path == "now.json") return true;
  if (path.compare(0, 4, ".env") == 0) return true;
  for (const std::string_view name : kManifests) {
    if (path == name) return true;
  }
  return false;
}

Project assemble_project(const Folder& folder, const FixedInputs& inputs, const Scans& scans,
                         const Project* before) {
  Project project;
  project.root = folder.tree().root();
  std::set<std::string> outside;
  for (const auto& [path, facts] : folder.files()) {
    if (!facts.listed) continue;
    project.files.insert(project.files.end(), path);
    if (facts.outside) outside.insert(path);
  }
  project.warnings = inputs.warnings;
  if (!folder.note().empty()) project.warnings.push_back(folder.note());
  project.errors = folder.tree().problems();
  check_config_names(folder, project);

  Config config = load_config(folder);
  std::vector<rules::Problem> problems;
  project.rules = rules::RouteTable::compile({}, problems);
  fill_functions(project, config, scans, inputs.max_duration, before);
  fill_served_paths(project, outside);
  for (std::string& warning : config.warnings) project.warnings.push_back(std::move(warning));
  fill_environment(folder, inputs, config, project);
  warn_of_framework(folder, config, project);
  // What is wrong in vercel.json is read first: it may be the cause of the rest.
  project.errors.insert(project.errors.begin(), config.errors.begin(), config.errors.end());
  project.environment_version = next_version(project, before);
  return project;
}

}  // namespace localfn
