// vercel.json, read and checked: what of it this version applies, and everything wrong with it.
//
// Used while a Project is made. Pure. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/project/json_source.h"
#include "runtime/project/text.h"

namespace localfn {

struct Config {
  /// One entry of `functions`.
  struct FunctionSettings {
    std::string pattern;
    std::size_t offset = 0;  ///< of the pattern in the source
    std::optional<int> max_duration;  ///< seconds
  };
  struct Variable {
    std::string name;
    std::string value;
    std::size_t offset = 0;
  };

  SourceText source;  ///< empty when there is no vercel.json
  std::vector<FunctionSettings> functions;
  std::vector<Variable> env;
  bool has_framework = false;  ///< the key is there, even as null
  bool has_builds = false;     ///< `builds` with something in it
  std::vector<std::string> warnings;
  std::vector<Diagnostic> errors;

  /// The settings for a function's file: the first pattern that names or matches it. Null: none.
  const FunctionSettings* settings_for(std::string_view file) const;
};

/// Every problem is collected. `path` is the absolute one, for the platform's wording.
Config read_config(std::string text, const std::string& path);

/// Reports patterns of `functions` that are the first match of none of `files`, as the platform
/// does (errors), and those that match only without ".py" (warnings).
void check_patterns(Config& config, const std::vector<std::string>& files);

/// Whether vercel.json lets a variable have this name: letters, digits, underscores, no leading
/// digit.
bool is_variable_name(std::string_view name);

}  // namespace localfn
