// Which function a pattern of `functions` is for.
#include <fmt/format.h>

#include "runtime/project/config.h"
#include "runtime/project/glob.h"

namespace localfn {

const Config::FunctionSettings* Config::settings_for(std::string_view file) const {
  for (const FunctionSettings& settings : functions) {
    // A name is a match before it is a pattern: "api/[id].py" means that file.
    if (settings.pattern == file || glob_matches(settings.pattern, file)) return &settings;
  }
  const std::size_t dot = file.rfind('.');
  const std::string_view bare = file.substr(0, dot);
  for (const FunctionSettings& settings : functions) {
    if (settings.pattern == bare || glob_matches(settings.pattern, bare)) return &settings;
  }
  return nullptr;
}

std::string_view Config::runtime_for(std::string_view file) const {
  for (const FunctionSettings& settings : functions) {
    // The first pattern counts, and none matches a file without its extension here.
    if (settings.pattern == file || glob_matches(settings.pattern, file)) return settings.runtime;
  }
  return {};
}

void check_patterns(Config& config, const std::vector<std::string>& files) {
  for (const Config::FunctionSettings& settings : config.functions) {
    const std::string* user = nullptr;
    for (const std::string& file : files) {
      if (user == nullptr && config.settings_for(file) == &settings) user = &file;
    }
    const std::string text = fmt::format(
        "Error: [unused_function] The pattern \"{}\" defined in `functions` doesn't match any "
        "Serverless Functions inside the `api` directory.", printable(settings.pattern));
    if (user == nullptr) {
      const std::string meant = nearest(settings.pattern, files);
      config.errors.push_back(config.source.problem_at(
          settings.offset,
          fmt::format("the pattern {} is the first match of no function under api/{}",
                      in_quotes(settings.pattern),
                      meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?"),
          text));
    } else if (settings.pattern != *user && !glob_matches(settings.pattern, *user)) {
      config.warnings.push_back(fmt::format(
          "{}: the pattern {} matches {} only without \".py\"; the platform refuses it, write the "
          "extension too",
          config.source.place(settings.offset), in_quotes(settings.pattern), in_quotes(*user)));
    }
  }
}

}  // namespace localfn
