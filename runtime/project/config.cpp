#include "runtime/project/config.h"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "runtime/project/config_functions.h"
#include "runtime/project/glob.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array<std::string_view, 26> kKnownKeys = {
    "$schema",       "version",       "name",           "alias",          "scope",
    "env",           "build",         "builds",         "functions",      "routes",
    "rewrites",      "redirects",     "headers",        "cleanUrls",      "trailingSlash",
    "crons",         "framework",     "outputDirectory", "buildCommand",  "devCommand",
    "installCommand", "ignoreCommand", "regions",       "images",         "public",
    "bulkRedirectsPath"};

/// Keys that change which request reaches what.
constexpr std::array<std::string_view, 10> kRoutingKeys = {
    "rewrites", "redirects",      "headers", "routes",    "cleanUrls",
    "trailingSlash", "builds", "outputDirectory", "framework", "bulkRedirectsPath"};

/// Whether the value asks for anything: `[]`, `{}`, false and null do not.
bool asks_for_something(const JsonValue& value) {
  switch (value.kind) {
    case Kind::Null: return false;
    case Kind::Boolean: return value.boolean;
    case Kind::Array: return !value.items.empty();
    case Kind::Object: return !value.members.empty();
    case Kind::String: return !value.text.empty();
    default: return true;
  }
}

void warn_of_unapplied_keys(const JsonValue& root, Config& config) {
  std::string names;
  for (const std::string_view key : kRoutingKeys) {
    const JsonValue* value = root.find(key);
    // `"trailingSlash": false` redirects; only its absence does nothing.
    const bool asks = value != nullptr && (asks_for_something(*value) ||
                                           (key == "trailingSlash" && value->is(Kind::Boolean)));
    if (asks) names += (names.empty() ? "" : ", ") + std::string(key);
  }
  if (names.empty()) return;
  config.warnings.push_back("vercel.json: this version of localfn does not apply yet: " + names);
}

void warn_of_misspelt_keys(const JsonValue& root, Config& config) {
  for (const JsonMember& member : root.members) {
    bool known = false;
    for (const std::string_view key : kKnownKeys) known = known || key == member.key;
    if (known) continue;
    const std::string meant = nearest(member.key, kKnownKeys);
    if (meant.empty()) continue;  // the platform ignores keys it does not know
    config.warnings.push_back(fmt::format("{}: unknown key {} is ignored; did you mean \"{}\"?",
                                          config.source.place(member.offset), in_quotes(member.key),
                                          meant));
  }
}

void read_env(const JsonMember& section, Config& config) {
  if (!section.value.is(Kind::Object)) {
    config.errors.push_back(config.source.problem_at(
        section.value.offset,
        fmt::format("env must be an object of names and strings, got {}", describe(section.value))));
    return;
  }
  for (const JsonMember& member : section.value.members) {
    if (!is_variable_name(member.key)) {
      config.warnings.push_back(fmt::format(
          "{}: env {} is ignored: a name has only letters, digits and underscores and does not "
          "start with a digit",
          config.source.place(member.offset), in_quotes(member.key)));
    } else if (!member.value.is(Kind::String)) {
      config.errors.push_back(config.source.problem_at(
          member.value.offset,
          fmt::format("env.{} must be a string, got {}", member.key, describe(member.value))));
    } else if (member.value.text.find('\0') != std::string::npos) {
      config.errors.push_back(config.source.problem_at(
          member.value.offset,
          fmt::format("env.{} has a NUL character, which no variable can hold", member.key)));
    } else {
      config.env.push_back({member.key, member.value.text, member.offset});
    }
  }
}

void check_version(const JsonMember& member, Config& config) {
  const JsonValue& value = member.value;
  if (value.is(Kind::Integer) && value.integer == 1) {
    config.errors.push_back(config.source.problem_at(
        value.offset, "version 1 projects are not supported; write 2 or leave it out",
        "Error: [DEV_UNSUPPORTED_CONFIG_VERSION] Cannot run `version: 1` projects"));
  }
}

void read_sections(const JsonValue& root, Config& config) {
  for (const JsonMember& member : root.members) {
    if (member.key == "env") read_env(member, config);
    if (member.key == "functions") read_functions(member, config);
    if (member.key == "framework") config.has_framework = true;
    if (member.key == "version") check_version(member, config);
  }
  const JsonValue* builds = root.find("builds");
  config.has_builds = builds != nullptr && builds->is(Kind::Array) && !builds->items.empty();
  const JsonValue* functions = root.find("functions");
  if (config.has_builds && functions != nullptr) {
    config.errors.push_back(config.source.problem_at(
        functions->offset, "functions and builds exclude each other; remove one of them",
        "Error: [FUNCTIONS_AND_BUILDS] The `functions` property cannot be used in conjunction with "
        "the `builds` property. Please remove one of them."));
  }
}

}  // namespace

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || !(std::isalnum(byte) || c == '_')) return false;
  }
  return true;
}

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

Config read_config(std::string text, const std::string& path) {
  Config config;
  config.source = SourceText("vercel.json", std::move(text));
  ParsedJson parsed = parse_json(config.source);
  config.warnings = std::move(parsed.duplicates);
  if (parsed.problem) {
    parsed.problem->platform = "Error: Couldn't parse JSON file " + printable(path) + ".";
    config.errors.push_back(std::move(*parsed.problem));
    return config;
  }
  if (!parsed.value->is(Kind::Object)) {
    config.errors.push_back(config.source.problem_at(
        parsed.value->offset, "must be an object, got " + describe(*parsed.value),
        "Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - should be object."));
    return config;
  }
  read_sections(*parsed.value, config);
  warn_of_misspelt_keys(*parsed.value, config);
  warn_of_unapplied_keys(*parsed.value, config);
  return config;
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
