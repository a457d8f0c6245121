// What is said of a framework project in which no entry point was found, in the platform's words.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/project/app_entry.h"
#include "runtime/project/project_mode.h"

namespace localfn {
namespace {

constexpr std::size_t kMostLookedAt = 400;  // files of a project are scanned for a suggestion
constexpr std::size_t kMostSuggested = 10;

struct Suggestion {
  std::string file;
  std::string variable;
  std::string module() const {
    std::string name = file.substr(0, file.size() - 3);
    if (name.ends_with("/__init__")) name.resize(name.size() - 9);
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
  }
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

/// Every other file of the project that defines one.
std::vector<Suggestion> elsewhere(const AppSources& sources,
                                  const std::vector<std::string>& present) {
  std::vector<std::string> files;
  for (const std::string& file : sources.files) {
    const bool seen = std::find(present.begin(), present.end(), file) != present.end();
    if (!file.ends_with(".py") || seen || file.starts_with("public/")) continue;
    if (files.size() < kMostLookedAt) files.push_back(file);
  }
  std::vector<Suggestion> found;
  if (files.empty()) return found;
  const auto entries = sources.look_up(files);
  for (std::size_t i = 0; i < files.size() && found.size() < kMostSuggested; ++i) {
    if (entries[i].found) found.push_back({files[i], entries[i].variable});
  }
  return found;
}

std::string none_of(const std::string& slug, const std::vector<std::string>& present) {
  const bool one = present.size() == 1;
  const std::string seen = fmt::format("Found {} but {}", joined(present), one ? "it does" : "none");
  if (slug == "python") {
    return fmt::format("{} {} a top-level \"app\", \"application\", or \"handler\" variable.", seen,
                       one ? "not export" : "export");
  }
  return fmt::format("{} {} a top-level \"app\" {} instance.", seen, one ? "not define" : "define",
                     framework_name(slug));
}

std::string not_in_default_places(const std::string& slug, const std::vector<Suggestion>& others) {
  std::string text = fmt::format(
      "No {} entrypoint found in default locations, but found potential entrypoints:\n",
      framework_name(slug));
  for (const Suggestion& each : others) {
    text += fmt::format("  {} (variable: {})\n", each.file, each.variable);
  }
  text += fmt::format("\nAdd this to your pyproject.toml:\n\n[tool.vercel]\nentrypoint = \"{}:{}\"",
                      others.front().module(), others.front().variable);
  return text;
}

std::string nothing(const std::string& slug) {
  return fmt::format(
      "No {} entrypoint found. Set \"tool.vercel.entrypoint\" in pyproject.toml or define an "
      "entrypoint in one of: {}.",
      framework_name(slug), joined(entry_names({"", "src", "app", "api"})));
}

}  // namespace

std::string framework_name(const std::string& slug) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kFrameworks = {{
      {"flask", "Flask"}, {"fastapi", "FastAPI"}, {"django", "Django"}, {"fasthtml", "FastHTML"},
      {"python", "Python"}}};
  for (const auto& [known, name] : kFrameworks) {
    if (known == slug) return std::string(name);
  }
  return slug;
}

AppEntry no_app_entry(const AppSources& sources, const std::vector<std::string>& present) {
  AppEntry none;
  const std::vector<Suggestion> others = elsewhere(sources, present);
  if (!present.empty()) {
    none.problem = none_of(sources.slug, present);
    const auto entries = sources.look_up(present);
    for (std::size_t i = 0; i < present.size(); ++i) {
      none.hints.push_back(fmt::format("{}: {}", present[i], entries[i].reason));
    }
    for (const Suggestion& each : others) {
      none.hints.push_back(fmt::format("{} defines `{}`: name it in pyproject.toml, [tool.vercel] "
                                       "entrypoint = \"{}:{}\"", each.file, each.variable,
                                       each.module(), each.variable));
    }
  } else if (!others.empty()) {
    none.problem = not_in_default_places(sources.slug, others);
  } else {
    none.problem = nothing(sources.slug);
  }
  std::string code = sources.slug;
  for (char& c : code) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  none.problem = fmt::format("[{}_ENTRYPOINT_NOT_FOUND] {}", code, none.problem);
  return none;
}

}  // namespace localfn
