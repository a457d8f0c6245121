#include "runtime/project/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace localfn {
namespace {

/// What the platform says about itself: nobody may say otherwise.
constexpr std::array<std::string_view, 5> kReserved = {"VERCEL", "VERCEL_ENV", "VERCEL_URL",
                                                       "VERCEL_REGION", "TZ"};

bool is_reserved(std::string_view name) {
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

/// Names that belong to what runs functions on the platform. `vercel dev` answers every request with
/// 500 when one of them is set.
bool is_of_the_machine(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {
      "_HANDLER",          "AWS_REGION",           "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
      "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};
  return name.substr(0, 7) == "LAMBDA_" || name.substr(0, 11) == "AWS_LAMBDA_" ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void add_name(std::string& list, const std::string& name) {
  if ((", " + list + ",").find(", " + name + ",") != std::string::npos) return;
  list += (list.empty() ? "" : ", ") + name;
}

bool passes_from_shell(std::string_view name) {
  return name == "PATH" || name == "HOME" || name == "LANG" || name == "TMPDIR" ||
         name == "VIRTUAL_ENV" || name.substr(0, 3) == "LC_";
}

class Composer {
 public:
  void start(const Environment& shell) {
    for (const auto& [name, value] : shell) {
      if (passes_from_shell(name)) variables_[name] = value;
    }
    variables_["VERCEL"] = "1";
    variables_["VERCEL_ENV"] = "development";
    variables_["VERCEL_REGION"] = "dev1";
    variables_["TZ"] = ":UTC";
    // A .pyc knows its source's age to the second only: an edit within it would not be seen.
    variables_["PYTHONDONTWRITEBYTECODE"] = "1";
  }

  void apply(const EnvironmentSource& source) {
    std::string refused, risky;
    for (const auto& [name, value] : source.variables) {
      if (is_reserved(name)) {
        add_name(refused, name);
        continue;
      }
      if (is_of_the_machine(name)) add_name(risky, name);
      variables_[name] = value;
    }
    if (!refused.empty()) {
      warnings.push_back(fmt::format("{}: {} cannot be overridden, as on the platform", source.name,
                                     refused));
    }
    if (!risky.empty()) {
      warnings.push_back(fmt::format(
          "{}: {} passes here, but is reserved on the platform; take another name (vercel dev: The "
          "following environment variables can not be configured: {})", source.name, risky, risky));
    }
  }

  bool has(const std::string& name) const { return variables_.count(name) > 0; }
  Environment take() const { return {variables_.begin(), variables_.end()}; }

  std::vector<std::string> warnings;

 private:
  std::map<std::string, std::string> variables_;
};

bool defined_in(const std::vector<EnvironmentSource>& sources, std::string_view name) {
  for (const EnvironmentSource& source : sources) {
    for (const auto& variable : source.variables) {
      if (variable.first == name) return true;
    }
  }
  return false;
}

}  // namespace

ComposedEnvironment compose_environment(const Environment& shell, const Config& config,
                                        const std::vector<EnvironmentSource>& sources) {
  Composer composer;
  composer.start(shell);
  EnvironmentSource configured{"vercel.json", {}};
  for (const Config::Variable& variable : config.env) {
    const bool secret = !variable.value.empty() && variable.value[0] == '@';
    if (!secret) {
      configured.variables.emplace_back(variable.name, variable.value);
    } else if (!defined_in(sources, variable.name)) {
      composer.warnings.push_back(fmt::format(
          "{}: env.{} names the secret {}, which only the platform knows; define {} in .env "
          "(platform: [MISSING_DOTENV_VARS] Env var \"{}\" is not defined in `.env` file)",
          config.source.place(variable.offset), variable.name, in_quotes(variable.value), variable.name,
          variable.name));
    }
  }
  for (const Config::Variable& variable : config.build_env) {
    if (variable.value.empty() || variable.value[0] != '@') continue;
    composer.warnings.push_back(fmt::format(
        "{}: build.env.{} names the secret {}, which only the platform knows; nothing is built here "
        "(platform: [MISSING_DOTENV_VARS] Env var \"{}\" is not defined in `.env.build` file)",
        config.source.place(variable.offset), variable.name, in_quotes(variable.value),
        variable.name));
  }
  composer.apply(configured);
  for (const EnvironmentSource& source : sources) composer.apply(source);
  return {composer.take(), std::move(composer.warnings)};
}

Environment shell_environment() {
  Environment shell;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    shell.emplace_back(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
  }
  return shell;
}

}  // namespace localfn
