#include "runtime/project/manifest.h"

#include <fmt/format.h>

#include <utility>

namespace localfn {
namespace {

bool mentions(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

/// Whether the text has the preset's word: `[Ff]lask`, `[Dd]jango`, but `fastapi` alone.
bool mentions_preset(std::string_view text, std::string_view word) {
  if (word == "fastapi") return mentions(text, word);
  std::string capital(word);
  capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
  return mentions(text, word) || mentions(text, capital);
}

/// The first manifest that has the word.
std::string_view manifest_with(const Manifests& manifests, std::string_view word) {
  if (mentions_preset(manifests.requirements, word)) return "requirements.txt";
  if (mentions_preset(manifests.pyproject, word)) return "pyproject.toml";
  if (mentions_preset(manifests.pipfile, word)) return "Pipfile";
  return {};
}

/// {preset, file}, in the order of the platform's table.
std::pair<std::string_view, std::string_view> detect(const Manifests& manifests) {
  for (const std::string_view preset : {"fastapi", "flask", "django"}) {
    const std::string_view file = manifest_with(manifests, preset);
    if (!file.empty()) return {preset, file};
    if (preset == "django" && mentions(manifests.manage, "DJANGO_SETTINGS_MODULE")) {
      return {preset, "manage.py"};
    }
  }
  if (mentions(manifests.requirements, "python-fasthtml")) return {"fasthtml", "requirements.txt"};
  return {};
}

}  // namespace

std::optional<FrameworkApp> detect_framework(const Manifests& manifests) {
  const auto [preset, file] = detect(manifests);
  if (!preset.empty()) return FrameworkApp{std::string(preset), std::string(file)};
  if (!manifests.present.empty()) return FrameworkApp{"python", manifests.present};
  return std::nullopt;
}

std::optional<std::string> framework_warning(const Manifests& manifests) {
  const auto [preset, file] = detect(manifests);
  if (preset.empty()) return std::nullopt;
  return fmt::format(
      "{} mentions {}: the platform may take the whole project for one {} app, and the files of "
      "api/ would no longer be separate functions; write \"framework\": null in vercel.json to keep "
      "them", file, preset, preset);
}

}  // namespace localfn
