#include "runtime/project/config_functions.h"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array<std::string_view, 11> kProperties = {
    "architecture", "runtime",      "memory",       "maxDuration",
    "maxConcurrency", "regions",    "functionFailoverRegions", "includeFiles",
    "excludeFiles", "experimentalTriggers", "supportsCancellation"};

/// The plan's ceiling, which "max" stands for on the platform's default plan.
constexpr int kMaxDurationOfPlan = 800;
constexpr std::int64_t kLongestDuration = 3600;
constexpr std::size_t kMostPatterns = 50, kLongestPattern = 256;

/// One entry while it is checked: where problems go, and the two names of its place.
struct Entry {
  const JsonMember& member;
  Config& config;

  std::string ours(std::string_view property) const {
    return fmt::format("functions[{}].{}", in_quotes(member.key), property);
  }
  std::string theirs(std::string_view property, std::string_view text) const {
    return fmt::format("Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - `functions['{}']{}{}` {}",
                       printable(member.key), property.empty() ? "" : ".", property, text);
  }
  void problem(std::size_t offset, std::string message, std::string platform) const {
    config.errors.push_back(
        config.source.problem_at(offset, std::move(message), std::move(platform)));
  }
  /// `property` must be `wanted`; the schema says `text`.
  void refuse(const JsonMember& property, std::string_view wanted, std::string_view text) const {
    problem(property.value.offset,
            fmt::format("{} must be {}, got {}", ours(property.key), wanted,
                        describe(property.value)),
            theirs(property.key, text));
  }
};

std::optional<int> read_max_duration(const JsonMember& property, const Entry& entry) {
  const JsonValue& value = property.value;
  constexpr std::string_view kWanted = "1..3600 or \"max\"";
  if (value.is(Kind::String) && value.text == "max") return kMaxDurationOfPlan;
  if (!value.is(Kind::Integer)) {
    entry.refuse(property, kWanted, "should be integer.");
  } else if (value.integer < 1) {
    entry.refuse(property, kWanted, "should be >= 1.");
  } else if (value.integer > kLongestDuration) {
    entry.refuse(property, kWanted, "should be <= 3600.");
  } else {
    return static_cast<int>(value.integer);
  }
  return std::nullopt;
}

bool is_digits(std::string_view text) {
  for (const char c : text) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

/// "1.2.3", with an optional "v" before and "-pre" or "+build" after it.
bool is_version(std::string_view text) {
  if (!text.empty() && (text[0] == 'v' || text[0] == '=')) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("-+"));
  for (int part = 0; part < 2; ++part) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_digits(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_digits(text);
}

void check_runtime(const JsonMember& property, const Entry& entry) {
  const JsonValue& value = property.value;
  if (!value.is(Kind::String)) return entry.refuse(property, "a string", "should be string.");
  const std::size_t at = value.text.rfind('@');
  const std::string_view tag =
      std::string_view(value.text).substr(at == std::string::npos ? 0 : at + 1);
  if (!is_version(tag)) {
    return entry.problem(
        value.offset,
        fmt::format("{} must be a package with a version, such as \"@vercel/python@4.3.0\", got {}; "
                    "for the platform's own Python leave it out",
                    entry.ours("runtime"), in_quotes(value.text)),
        "Error: [invalid_function_runtime] Function Runtimes must have a valid version, for example "
        "`now-php@1.0.0`.");
  }
  if (value.text.find("/python@") == std::string::npos) {
    entry.config.warnings.push_back(fmt::format("{}: the runtime {} is not run here; only Python is",
                                                entry.config.source.place(value.offset),
                                                in_quotes(value.text)));
  }
}

void check_memory(const JsonMember& property, const Entry& entry) {
  // The schema looks at the bounds of numbers only; every other type passes on the platform.
  const JsonValue& value = property.value;
  if (!value.is(Kind::Integer) && !value.is(Kind::Number)) return;
  if (value.number < 128) entry.refuse(property, "128..10240", "should be >= 128.");
  if (value.number > 10240) entry.refuse(property, "128..10240", "should be <= 10240.");
}

void check_file_pattern(const JsonMember& property, const Entry& entry) {
  if (!property.value.is(Kind::String)) {
    entry.refuse(property, "a string", "should be string.");
  } else if (property.value.text.size() > 256) {
    entry.refuse(property, "at most 256 characters", "should NOT be longer than 256 characters.");
  }
}

void check_property(const JsonMember& property, const Entry& entry) {
  const JsonValue& value = property.value;
  if (property.key == "runtime") return check_runtime(property, entry);
  if (property.key == "memory") return check_memory(property, entry);
  if (property.key == "includeFiles" || property.key == "excludeFiles") {
    return check_file_pattern(property, entry);
  }
  if (property.key == "architecture" &&
      !(value.is(Kind::String) && (value.text == "x86_64" || value.text == "arm64"))) {
    return entry.refuse(property, "\"x86_64\" or \"arm64\"",
                        "should be equal to one of the allowed values.");
  }
  if (property.key == "maxConcurrency" && !(value.is(Kind::Integer) && value.integer >= 1)) {
    return entry.refuse(property, "an integer from 1",
                        value.is(Kind::Integer) ? "should be >= 1." : "should be integer.");
  }
  if ((property.key == "regions" || property.key == "functionFailoverRegions") &&
      !value.is(Kind::Array)) {
    return entry.refuse(property, "an array", "should be array.");
  }
  if (property.key == "supportsCancellation" && !value.is(Kind::Boolean)) {
    return entry.refuse(property, "true or false", "should be boolean.");
  }
}

bool is_property(std::string_view name) {
  for (const std::string_view known : kProperties) {
    if (known == name) return true;
  }
  return false;
}

void refuse_unknown(const JsonMember& property, const Entry& entry) {
  const std::string meant = nearest(property.key, kProperties);
  entry.problem(property.offset,
                fmt::format("{} is no setting of a function{}", entry.ours(printable(property.key)),
                            meant.empty() ? "; remove it" : "; did you mean \"" + meant + "\"?"),
                entry.theirs({}, fmt::format("should NOT have additional property `{}`. Please "
                                             "remove it.", printable(property.key))));
}

void read_entry(const JsonMember& member, Config& config) {
  const Entry entry{member, config};
  if (member.key.empty() || member.key.size() > kLongestPattern) {
    return entry.problem(
        member.offset,
        fmt::format("a pattern of functions has 1..256 characters, this one has {}",
                    member.key.size()),
        fmt::format("Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - `functions` should NOT "
                    "have additional property `{}`. Please remove it.", printable(member.key)));
  }
  if (!member.value.is(Kind::Object)) {
    return entry.problem(member.value.offset,
                         fmt::format("functions[{}] must be an object, got {}", in_quotes(member.key),
                                     describe(member.value)),
                         entry.theirs({}, "should be object."));
  }
  if (member.value.members.empty()) {
    entry.problem(member.value.offset,
                  fmt::format("functions[{}] sets nothing; set maxDuration or remove it",
                              in_quotes(member.key)),
                  "Error: [invalid_function] Function must contain at least one property.");
  }
  if (member.key[0] == '/') {
    return entry.problem(
        member.offset,
        fmt::format("functions[{}]: the path is relative to the project; remove the leading slash",
                    in_quotes(member.key)),
        fmt::format("Error: [invalid_function_source] The function path \"{}\" is invalid. The path "
                    "must be relative to your project root and therefore cannot start with a slash.",
                    printable(member.key)));
  }
  Config::FunctionSettings settings{member.key, member.offset, std::nullopt};
  for (const JsonMember& property : member.value.members) {
    if (property.key == "maxDuration") {
      settings.max_duration = read_max_duration(property, entry);
    } else if (is_property(property.key)) {
      check_property(property, entry);
    } else {
      refuse_unknown(property, entry);
    }
  }
  config.functions.push_back(std::move(settings));
}

}  // namespace

void read_functions(const JsonMember& section, Config& config) {
  const auto refuse = [&](std::string message, std::string_view text) {
    config.errors.push_back(config.source.problem_at(
        section.value.offset, std::move(message),
        fmt::format("Error: [INVALID_VERCEL_CONFIG] Invalid vercel.json - `functions` {}", text)));
  };
  if (!section.value.is(Kind::Object)) {
    return refuse("functions must be an object of patterns, got " + describe(section.value),
                  "should be object.");
  }
  const std::size_t count = section.value.members.size();
  if (count == 0) {
    refuse("functions is empty; remove it", "should NOT have fewer than 1 properties.");
  }
  if (count > kMostPatterns) {
    refuse(fmt::format("functions has {} patterns, at most 50 are accepted", count),
           "should NOT have more than 50 properties.");
  }
  for (const JsonMember& member : section.value.members) read_entry(member, config);
}

}  // namespace localfn
