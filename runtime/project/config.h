// vercel.json, read and checked: what of it applies, and everything wrong with it.
//
// Used while a Project is made. Pure. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/project/json_source.h"
#include "runtime/project/text.h"
#include "runtime/rules/spec.h"

namespace localfn {

struct NotAFunction;

struct Config {
  /// One entry of `functions`.
  struct FunctionSettings {
    std::string pattern;
    std::size_t offset = 0;  ///< of the pattern in the source
    std::optional<int> max_duration;  ///< seconds
    std::optional<int> memory;        ///< MB
    std::string runtime = {};         ///< "vercel-php@0.7.3"; empty: the platform's own
    std::string excluded = {};        ///< `excludeFiles`, as Build::excluded
  };
  struct Variable {
    std::string name;
    std::string value;
    std::size_t offset = 0;
  };
  /// One entry of `builds`.
  struct Build {
    std::string use;      ///< as written: "@vercel/python@4.3.0"
    std::string source;   ///< a glob without leading slash; "**" when none is given
    std::string excluded;  ///< `config.excludeFiles`: a glob of what its bundles leave out; or empty
    std::size_t offset = 0;  ///< of the entry
    std::string written;  ///< the entry's own text, for the platform's wording
  };

  SourceText source;  ///< empty when there is no vercel.json
  std::vector<FunctionSettings> functions;
  std::vector<Variable> env;
  std::vector<Variable> build_env;  ///< checked only: nothing is built
  std::vector<Build> builds;
  /// Redirects, rewrites, headers, routes. Of a rule with a problem nothing is taken.
  rules::RoutingSpec routing;

  bool has_framework = false;           ///< the key is there, even as null
  std::optional<rules::Text> framework; ///< its value, when that is a string
  std::optional<rules::Text> output_directory;  ///< normal form, relative; "" is the project's root
  std::optional<rules::Text> bulk_redirects;    ///< normal form, relative
  std::optional<rules::Text> build_command;     ///< never run; "" means that there is nothing to build
  bool fluid = false;  ///< requests share an instance before another is started

  std::vector<std::string> warnings;
  std::vector<Diagnostic> errors;

  /// The settings for a function's file: the first pattern that names or matches it. Null: none.
  const FunctionSettings* settings_for(std::string_view file) const;

  /// The runtime that makes a function of `file`, whatever its language; empty: none.
  std::string_view runtime_for(std::string_view file) const;
};

/// Of one kind of problem. More than anyone reads; each costs a walk over the text.
inline constexpr std::size_t kMostErrors = 50;

/// What is said of the `count` problems beyond kMostErrors.
Diagnostic more_problems(const SourceText& source, std::size_t count);

/// Every problem is collected. `path` is the absolute one, for the platform's wording.
Config read_config(std::string text, const std::string& path);

/// Reports patterns of `functions` that are the first match of none of `files`, as the platform
/// does (errors), and those that match only without ".py" (warnings). `others`: what else of api/
/// they may have been written for.
void check_patterns(Config& config, const std::vector<std::string>& files,
                    const std::map<std::string, NotAFunction, std::less<>>& others);

/// Whether vercel.json lets a variable have this name: letters, digits, underscores, no leading
/// digit.
bool is_variable_name(std::string_view name);

}  // namespace localfn
