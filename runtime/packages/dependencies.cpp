#include "runtime/packages/dependencies.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/packages/requirements_file.h"
#include "runtime/packages/toml.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

using Kind = Dependencies::Kind;

/// In the platform's order.
constexpr std::array<std::pair<std::string_view, Kind>, 8> kManifests = {{
    {"pyproject.toml", Kind::PyProject},
    {"Pipfile.lock", Kind::PipfileLock},
    {"Pipfile", Kind::Pipfile},
    {"requirements.frozen.txt", Kind::Requirements},
    {"requirements-frozen.txt", Kind::Requirements},
    {"requirements.txt", Kind::Requirements},
    {"requirements.in", Kind::Requirements},
    {"requirements/prod.txt", Kind::Requirements},
}};

void add_group(const TomlValue* names, const std::string& group, Dependencies& to) {
  if (names == nullptr) return;
  for (const TomlValue& item : names->items) {
    if (const auto found = parse_requirement(item.text)) to.elsewhere.emplace(found->name, group);
  }
}

/// Poetry's table, and Pipfile's: `name = "1.0"` or `name = { version = "1.0", markers = "…" }`.
void add_table(const TomlValue* table, Dependencies& to) {
  if (table == nullptr) return;
  for (const auto& [name, value] : table->members) {
    auto requirement = parse_requirement(name);
    if (!requirement) continue;
    const TomlValue* version = value.find("version");
    const std::string wanted = version != nullptr ? version->text : value.text;
    // Poetry's `^1.0` is nothing that pip knows.
    if (!wanted.empty() && std::string_view("=<>!~").find(wanted[0]) != std::string_view::npos) {
      requirement->text += wanted;
    }
    if (const TomlValue* markers = value.find("markers")) {
      requirement->marker = markers->text;
      requirement->text += "; " + markers->text;
    }
    to.named.push_back(std::move(*requirement));
  }
}

void add_table_elsewhere(const TomlValue* table, const std::string& group, Dependencies& to) {
  if (table == nullptr) return;
  for (const auto& [name, value] : table->members) to.elsewhere.emplace(normalized(name), group);
}

/// The platform locks with uv, which wants one of these tables. The settings of tools do not do.
bool can_be_locked(const TomlValue& root) {
  return root.find("project") != nullptr || root.find("tool", "uv", "workspace") != nullptr;
}

std::string without_project_table(const TomlValue& root) {
  if (root.find("tool", "poetry") != nullptr) {
    return "has [tool.poetry] but no [project] table, which `uv lock` needs: add one with name, "
           "version and dependencies, or remove the file";
  }
  return "has no [project] table, which `uv lock` needs: add one with name, version and "
         "dependencies, or move the settings of tools to files of their own";
}

void read_pyproject(const TomlValue& root, Dependencies& to) {
  if (!can_be_locked(root)) to.unlockable = without_project_table(root);
  if (const TomlValue* listed = root.find("project", "dependencies")) {
    for (const TomlValue& item : listed->items) {
      if (auto requirement = parse_requirement(item.text)) to.named.push_back(std::move(*requirement));
    }
  }
  // What a build step fills in can be anything.
  if (const TomlValue* dynamic = root.find("project", "dynamic")) {
    for (const TomlValue& item : dynamic->items) to.more = to.more || item.text == "dependencies";
  }
  add_table(root.find("tool", "poetry", "dependencies"), to);
  if (const TomlValue* extras = root.find("project", "optional-dependencies")) {
    for (const auto& [name, names] : extras->members) {
      add_group(&names, "optional-dependencies." + name, to);
    }
  }
  if (const TomlValue* groups = root.find("dependency-groups")) {
    for (const auto& [name, names] : groups->members) {
      add_group(&names, "dependency-groups." + name, to);
    }
  }
}

void read_toml_manifest(const std::string& path, Dependencies& to) {
  TextFile file = read_text_file(path);
  const auto root = file.bytes ? read_toml(decode_text(std::move(*file.bytes))) : std::nullopt;
  if (!root) {
    to.more = true;
    to.problems.push_back(to.file + ": cannot be read" + (file.bytes ? ": it is not TOML"
                                                                    : ": " + file.reason));
    return;
  }
  if (to.kind == Kind::PyProject) return read_pyproject(*root, to);
  add_table(root->find("packages"), to);
  add_table_elsewhere(root->find("dev-packages"), "dev-packages", to);
}

void read_lock(const std::string& path, Dependencies& to) {
  const TextFile file = read_text_file(path);
  const auto lock = nlohmann::json::parse(file.bytes.value_or(""), nullptr, false);
  if (!lock.is_object() || !lock.contains("default") || !lock["default"].is_object()) {
    to.more = true;
    to.problems.push_back(to.file + ": cannot be read: no object \"default\"");
    return;
  }
  for (const auto& [name, facts] : lock["default"].items()) {
    auto requirement = parse_requirement(name);
    if (!requirement || !facts.is_object()) continue;
    const auto text = [&facts = facts](const char* key) {
      return facts.contains(key) && facts[key].is_string() ? facts[key].get<std::string>() : "";
    };
    requirement->marker = text("markers");
    requirement->text += text("version");
    if (!requirement->marker.empty()) requirement->text += "; " + requirement->marker;
    to.named.push_back(std::move(*requirement));
  }
  if (!lock.contains("develop") || !lock["develop"].is_object()) return;
  for (const auto& [name, facts] : lock["develop"].items()) {
    to.elsewhere.emplace(normalized(name), "develop");
  }
}

Dependencies read_manifest(const std::string& root, std::string file, Kind kind) {
  Dependencies result;
  result.file = std::move(file);
  result.kind = kind;
  const std::string path = root + "/" + result.file;
  if (kind == Kind::PipfileLock) {
    read_lock(path, result);
  } else if (kind != Kind::Requirements) {
    read_toml_manifest(path, result);
  } else {
    RequirementsFile read = read_requirements(root, result.file);
    result.named = std::move(read.named);
    result.more = read.more;
    result.problems = std::move(read.problems);
  }
  return result;
}

/// Whether anything may be installed from it.
bool brings_packages(const Dependencies& read) { return read.more || !read.named.empty(); }

std::string in_folder(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

bool is_there(const std::string& root, const std::string& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(root + "/" + file, ignored);
}

/// The manifest that would bring packages if there were no pyproject.toml; empty: none.
std::string hidden_in(const std::string& root, const std::string& folder) {
  for (const auto& [name, kind] : kManifests) {
    const std::string file = in_folder(folder, name);
    if (kind == Kind::PyProject || !is_there(root, file)) continue;
    return brings_packages(read_manifest(root, file, kind)) ? file : std::string();
  }
  return {};
}

}  // namespace

const Requirement* Dependencies::find(const std::string& distribution) const {
  for (const Requirement& requirement : named) {
    if (requirement.name == distribution) return &requirement;
  }
  return nullptr;
}

Hiding hiding_of(const Dependencies& manifest) {
  if (manifest.hidden.empty()) return {};
  if (!manifest.unlockable.empty()) {
    return {fmt::format("{} has no [project] table, but hides {}: Vercel reads only the first of "
                        "them, and its build fails there",
                        manifest.file, manifest.hidden),
            fmt::format("add [project] with name, version and the packages as `dependencies` to {}, "
                        "or move what is in it to files of their own",
                        manifest.file)};
  }
  return {fmt::format("{} names no packages, but hides {}: Vercel reads only the first of them, so "
                      "nothing is installed",
                      manifest.file, manifest.hidden),
          fmt::format("name the packages in `dependencies` of {} ([project]), or remove that file",
                      manifest.file)};
}

// The first one counts, whatever is in it.
std::optional<Dependencies> dependencies_in(const std::string& root, const std::string& folder) {
  for (const auto& [name, kind] : kManifests) {
    const std::string file = in_folder(folder, name);
    if (!is_there(root, file)) continue;
    Dependencies read = read_manifest(root, file, kind);
    if (kind == Kind::PyProject && !brings_packages(read)) read.hidden = hidden_in(root, folder);
    // What hides another one is told with that.
    if (!read.unlockable.empty() && read.hidden.empty()) {
      read.problems.push_back(read.file + ": " + read.unlockable);
    }
    return read;
  }
  return {};
}

std::optional<Dependencies> dependencies_for(const std::string& root,
                                             const std::string& function_file) {
  std::string folder = function_file;
  std::optional<Dependencies> found;
  while (!found && !folder.empty()) {
    const auto slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
    found = dependencies_in(root, folder);
  }
  return found;
}

}  // namespace localfn::packages
