#include "runtime/project/app_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/project/text.h"
#include "runtime/project/toml.h"
#include "runtime/project/tree.h"

namespace localfn {
namespace {

constexpr std::array<const char*, 6> kNames = {"app", "index", "server", "main", "wsgi", "asgi"};
constexpr const char* kFormat = "\"module:object\" format (e.g. \"main:app\")";

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (static_cast<unsigned char>(c) >= 0x80);
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_dotted_name(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The scan's line where it has found that very object; otherwise only running it will tell.
wire::Entry named(const AppSources& sources, const std::string& file, const std::string& object) {
  wire::Entry entry = sources.look_up({file}).front();
  if (!entry.found || entry.variable != object) entry.line = 0;
  entry.found = true;
  entry.variable = object;
  entry.reason.clear();
  return entry;
}

std::optional<AppEntry> of_object(const AppSources& sources, std::string_view text,
                                  std::string chosen_by) {
  const auto parts = module_and_object(text);
  if (!parts) return std::nullopt;
  const auto file = module_file(sources.files, "", parts->first);
  if (!file) return std::nullopt;
  AppEntry found;
  found.file = *file;
  found.entry = named(sources, *file, parts->second);
  found.chosen_by = std::move(chosen_by);
  return found;
}

AppEntry unusable_setting(std::string platform, std::size_t line) {
  AppEntry none;
  none.problem = std::move(platform);
  none.hints.push_back(fmt::format("pyproject.toml:{} has the setting", line));
  return none;
}

std::optional<AppEntry> configured(const AppSources& sources) {
  const auto value = toml_value(sources.pyproject, "tool.vercel.entrypoint");
  if (!value) return std::nullopt;
  if (!value->is_string) {
    return unusable_setting(
        fmt::format("\"tool.vercel.entrypoint\" in \"pyproject.toml\" must be a string in {}.",
                    kFormat),
        value->line);
  }
  auto found = of_object(sources, value->text,
                         fmt::format("tool.vercel.entrypoint, pyproject.toml:{}", value->line));
  if (found) return found;
  return unusable_setting(
      fmt::format("\"tool.vercel.entrypoint\" in \"pyproject.toml\" is {} but no matching module "
                  "file was found. Use {} and ensure the module file exists, or remove the setting "
                  "to use automatic entrypoint detection.",
                  in_quotes(value->text), kFormat),
      value->line);
}

std::optional<AppEntry> by_name(const AppSources& sources, const std::vector<std::string>& present) {
  if (present.empty()) return std::nullopt;
  std::vector<wire::Entry> entries = sources.look_up(present);
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (!entries[i].found) continue;
    AppEntry found;
    found.file = present[i];
    found.entry = std::move(entries[i]);
    found.chosen_by = "the first of the usual names that defines one";
    return found;
  }
  return std::nullopt;
}

std::optional<AppEntry> scripted(const AppSources& sources) {
  const auto value = toml_value(sources.pyproject, "project.scripts.app");
  if (!value || !value->is_string) return std::nullopt;
  return of_object(sources, value->text,
                   fmt::format("project.scripts.app, pyproject.toml:{}", value->line));
}

}  // namespace

std::optional<std::string> module_file(const std::set<std::string>& files,
                                       const std::string& folder, const std::string& module) {
  std::string path = module;
  std::replace(path.begin(), path.end(), '.', '/');
  path = join_path(folder, path);
  for (const char* end : {".py", "/__init__.py"}) {
    if (files.contains(path + end)) return path + end;
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> module_and_object(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view module = trimmed(text.substr(0, colon));
  const std::string_view object = trimmed(text.substr(colon + 1));
  if (!is_dotted_name(module) || !is_dotted_name(object)) return std::nullopt;
  return std::pair{std::string(module), std::string(object)};
}

std::vector<std::string> entry_folders(const AppSources& sources) {
  if (sources.slug != "django") return {"", "src", "app", "api"};
  std::vector<std::string> folders = {""};
  for (const std::string& file : sources.files) {
    const std::size_t slash = file.find('/');
    if (slash == std::string::npos || file[0] == '.') continue;
    std::string folder = file.substr(0, slash);
    // The files are sorted, but "a-b/x" stands between "a/x" and what else is in "a/".
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(std::move(folder));
    }
  }
  return folders;
}

std::vector<std::string> entry_names(const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    for (const char* name : kNames) names.push_back(join_path(folder, std::string(name) + ".py"));
  }
  return names;
}

AppEntry find_app_entry(const AppSources& sources) {
  std::string folder, missed;
  std::optional<AppEntry> django;
  if (sources.slug == "django") django = find_django_entry(sources, folder, missed);
  if (auto found = configured(sources)) {
    found->folder = folder;  // whoever names the module, the settings lie beside manage.py
    return *std::move(found);
  }
  if (django) return *std::move(django);
  std::vector<std::string> present = entry_names(entry_folders(sources));
  std::erase_if(present, [&](const std::string& name) { return !sources.files.contains(name); });
  auto found = by_name(sources, present);
  if (!found) found = scripted(sources);
  if (!found) found = no_app_entry(sources, present);
  found->folder = folder;
  if (!missed.empty()) found->hints.push_back(missed);
  return *std::move(found);
}

}  // namespace localfn
