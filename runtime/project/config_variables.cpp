// `env` and `build.env` of vercel.json.
#include <fmt/format.h>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

void read_variable(const JsonMember& member, std::string_view section, ConfigReading& reading,
                   std::vector<Config::Variable>& variables) {
  const std::string name = fmt::format("{}.{}", section, printable(member.key));
  if (!is_variable_name(member.key)) {
    reading.warn(member.offset,
                 fmt::format("{} {} is ignored: a name has only letters, digits and underscores and "
                             "does not start with a digit (platform: Ignoring env var \"{}\" because "
                             "name is invalid)",
                             section, in_quotes(member.key), printable(member.key)));
  } else if (!member.value.is(Kind::String)) {
    reading.refuse(member.value.offset,
                   fmt::format("{} must be a string, got {}", name, describe(member.value)));
  } else if (member.value.text.find('\0') != std::string::npos) {
    reading.refuse(member.value.offset,
                   fmt::format("{} has a NUL character, which no variable can hold", name));
  } else {
    variables.push_back({member.key, member.value.text, member.offset});
  }
}

void read_section(const JsonValue* section, std::string_view name, ConfigReading& reading,
                  std::vector<Config::Variable>& variables) {
  if (section == nullptr) return;
  if (!section->is(Kind::Object)) {
    return reading.refuse(section->offset,
                          fmt::format("{} must be an object of names and strings, got {}", name,
                                      describe(*section)));
  }
  for (const JsonMember& member : section->members) {
    read_variable(member, name, reading, variables);
  }
}

}  // namespace

void read_variables(ConfigReading& reading) {
  read_section(reading.root.find("env"), "env", reading, reading.config.env);
  const JsonValue* const build = reading.root.find("build");
  if (build == nullptr) return;
  read_section(build->find("env"), "build.env", reading, reading.config.build_env);
}

}  // namespace localfn
