// Which function a pattern of `functions` is for.
#include <fmt/format.h>

#include "runtime/project/config.h"
#include "runtime/project/glob.h"
#include "runtime/project/project.h"

namespace localfn {
namespace {

using NotFunctions = std::map<std::string, NotAFunction, std::less<>>;

/// A name is a match before it is a pattern: "api/[id].py" means that file.
bool matches(const std::string& pattern, std::string_view file) {
  return pattern == file || glob_matches(pattern, file);
}

/// The file for which the pattern is meant, although it is no function; null: none.
const NotAFunction* meant_in_vain(const std::string& pattern, const std::vector<std::string>& files,
                                  const NotFunctions& others) {
  // A function that an earlier pattern has taken explains more.
  for (const std::string& file : files) {
    if (matches(pattern, file)) return nullptr;
  }
  for (const auto& [path, other] : others) {
    if (matches(pattern, other.file)) return &other;
  }
  return nullptr;
}

std::string why_unused(const std::string& pattern, const std::vector<std::string>& files,
                       const NotFunctions& others) {
  if (const NotAFunction* const other = meant_in_vain(pattern, files, others)) {
    return fmt::format("the pattern {} matches {}, which is no function, so it sets nothing: {}",
                       in_quotes(pattern), in_quotes(other->file),
                       other->syntax_error ? "the file is not valid Python"
                                           : "it has no handler class and no app");
  }
  const std::string meant = nearest(pattern, files);
  return fmt::format("the pattern {} is the first match of no function under api/{}",
                     in_quotes(pattern),
                     meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?");
}

}  // namespace

const Config::FunctionSettings* Config::settings_for(std::string_view file) const {
  for (const FunctionSettings& settings : functions) {
    if (matches(settings.pattern, file)) return &settings;
  }
  const std::size_t dot = file.rfind('.');
  const std::string_view bare = file.substr(0, dot);
  for (const FunctionSettings& settings : functions) {
    if (matches(settings.pattern, bare)) return &settings;
  }
  return nullptr;
}

std::string_view Config::runtime_for(std::string_view file) const {
  for (const FunctionSettings& settings : functions) {
    // The first pattern counts, and none matches a file without its extension here.
    if (matches(settings.pattern, file)) return settings.runtime;
  }
  return {};
}

void check_patterns(Config& config, const std::vector<std::string>& files,
                    const NotFunctions& others) {
  for (const Config::FunctionSettings& settings : config.functions) {
    const std::string* user = nullptr;
    for (const std::string& file : files) {
      if (user == nullptr && config.settings_for(file) == &settings) user = &file;
    }
    const std::string text = fmt::format(
        "Error: [unused_function] The pattern \"{}\" defined in `functions` doesn't match any "
        "Serverless Functions inside the `api` directory.", printable(settings.pattern));
    if (user == nullptr) {
      config.errors.push_back(config.source.problem_at(
          settings.offset, why_unused(settings.pattern, files, others), text));
    } else if (!matches(settings.pattern, *user)) {
      config.warnings.push_back(fmt::format(
          "{}: the pattern {} matches {} only without \".py\"; the platform refuses it, write the "
          "extension too",
          config.source.place(settings.offset), in_quotes(settings.pattern), in_quotes(*user)));
    }
  }
}

}  // namespace localfn
