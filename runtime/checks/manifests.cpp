// requirements.txt and its kin: can the platform read them, and what does it make of them?
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/ascii.h"
#include "runtime/checks/check.h"
#include "runtime/packages/dependencies.h"
#include "runtime/packages/installed.h"
#include "runtime/project/manifest.h"
#include "runtime/project/project_mode.h"

namespace localfn::checks {
namespace {

std::string read(const Project& project, const std::string& file) {
  return read_text_file((project.root / file).string()).bytes.value_or("");
}

/// The first line of `text` that `holds` likes; 0: none.
template <typename Holds>
int line_where(std::string_view text, Holds holds) {
  int number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    if (holds(text.substr(0, end))) return number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}

int line_with_word(std::string_view text, std::string_view word) {
  return line_where(text, [&](std::string_view line) {
    return lower_case(line).find(lower_case(word)) != std::string::npos;
  });
}

int line_of_requirement(std::string_view text, const std::string& name) {
  return line_where(text, [&](std::string_view line) {
    line = packages::trimmed(line);
    while (!line.empty() && (line[0] == '"' || line[0] == '\'')) line.remove_prefix(1);
    const auto found = packages::parse_requirement(line);
    return found && found->name == name;
  });
}

/// The manifests that count: one for each folder that has functions.
std::map<std::string, packages::Dependencies> manifests_of(const Input& input) {
  std::map<std::string, packages::Dependencies> found;
  const std::string root = input.project.root.string();
  for (const std::string& entry : input.sources.entries()) {
    if (auto manifest = packages::dependencies_for(root, entry)) {
      std::string file = manifest->file;
      found.emplace(std::move(file), std::move(*manifest));
    }
  }
  return found;
}

void check_encoding(const std::string& file, const std::string& bytes, Findings& findings) {
  if (!bytes.starts_with("\xff\xfe") && !bytes.starts_with("\xfe\xff")) return;
  findings.push_back(
      finding("utf16-manifest", {file, 0, 0},
              "the file is UTF-16, as PowerShell's `>` writes it; the platform's tools read UTF-8",
              fmt::format("save it as UTF-8: pip freeze | Out-File -Encoding utf8 {}", file)));
}

void check_reading(const packages::Dependencies& manifest, Findings& findings) {
  for (const std::string& problem : manifest.problems) {
    std::string text = problem;
    Place place{manifest.file, 0, 0};
    if (text.starts_with(manifest.file + ":")) {
      text.erase(0, manifest.file.size() + 1);
      const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
      if (digits > 0 && digits < 9) {
        place.line = std::stoi(text.substr(0, digits));
        text.erase(0, digits + 1);
      }
      text = std::string(packages::trimmed(text));
    }
    findings.push_back(finding("unreadable-manifest", place, text,
                               "correct it: nothing is installed from a manifest with a mistake"));
  }
}

void check_hiding(const packages::Dependencies& manifest, Findings& findings) {
  auto [what, fix] = packages::hiding_of(manifest);
  if (what.empty()) return;
  findings.push_back(finding("hidden-manifest", {manifest.file, 0, 0}, what, fix));
}

void check_installed(const Input& input, const packages::Dependencies& manifest,
                     const packages::Installed& installed, const std::string& text,
                     Findings& findings) {
  for (const auto* requirement : packages::absent(manifest, installed, input.project.python)) {
    findings.push_back(finding(
        "not-installed", {manifest.file, line_of_requirement(text, requirement->name), 0},
        fmt::format(
            "{} is not installed here: what it brings along is not known, and functions that "
            "import it fail here",
            requirement->shown),
        "localfn dev --install"));
  }
}

/// Functions of api/ beside a manifest by which the platform takes the project for one app.
void check_preset(const Input& input, const ConfigFile& config, Findings& findings) {
  const Project& project = input.project;
  if (project.mode != ProjectMode::Functions || !project.has_functions) return;
  if (config.value && config.value->find("framework") != nullptr) return;
  Manifests manifests;
  manifests.requirements = decode_text(read(project, "requirements.txt"));
  manifests.pyproject = decode_text(read(project, "pyproject.toml"));
  manifests.pipfile = decode_text(read(project, "Pipfile"));
  manifests.manage = decode_text(read(project, "manage.py"));
  manifests.package_json = decode_text(read(project, "package.json"));
  const bool has_rules = config.value && (config.value->find("rewrites") != nullptr ||
                                          config.value->find("routes") != nullptr);
  const auto app = differing_preset(manifests, project, has_rules);
  if (!app) return;
  const std::string word = app->because_of == "manage.py" ? "DJANGO_SETTINGS_MODULE" : app->slug;
  const int line = line_with_word(decode_text(read(project, app->because_of)), word);
  findings.push_back(finding(
      "framework-preset", {app->because_of, line, 0},
      fmt::format("{} mentions {}: the platform may take the whole project for one {} app, and the "
                  "files of api/ are no functions then",
                  app->because_of, word, app->slug),
      "write \"framework\": null in vercel.json to keep them, or make the app the project"));
}

}  // namespace

void check_manifests(const Input& input, const ConfigFile& config, Findings& findings) {
  const packages::Installed installed(input.project.venv, input.project.python);
  std::set<std::string> seen;
  for (const auto& [file, manifest] : manifests_of(input)) {
    const std::string bytes = read(input.project, file);
    check_encoding(file, bytes, findings);
    check_reading(manifest, findings);
    check_hiding(manifest, findings);
    check_installed(input, manifest, installed, decode_text(bytes), findings);
    seen.insert(file);
  }
  if (input.project.files.contains("requirements.txt") && !seen.contains("requirements.txt")) {
    check_encoding("requirements.txt", read(input.project, "requirements.txt"), findings);
  }
  check_preset(input, config, findings);
}

}  // namespace localfn::checks
