// The names of vercel.json's top-level keys: typing errors, and what localfn leaves to the platform.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

constexpr std::array<std::string_view, 37> kKnownKeys = {
    "$schema",       "version",        "name",          "alias",           "scope",
    "env",           "build",          "builder",       "builds",          "functions",
    "routes",        "rewrites",       "redirects",     "headers",         "cleanUrls",
    "trailingSlash", "crons",          "framework",     "outputDirectory", "buildCommand",
    "devCommand",    "installCommand", "ignoreCommand", "regions",         "images",
    "public",        "github",         "git",           "fluid",           "bunVersion",
    "proxy",         "schedules",      "services",      "bulkRedirectsPath", "experimentalServices",
    "functionFailoverRegions", "probes"};

/// What a project may ask for and localfn does not do.
struct LeftOut {
  std::string_view key;
  std::string_view what;
};
constexpr std::array<LeftOut, 9> kLeftOut = {{
    {"crons", "is checked, but nothing runs by the clock here: `localfn invoke --cron PATH` asks as "
              "Vercel does"},
    {"schedules", "is not read: nothing runs by the clock here"},
    {"images", "is checked, but images are not optimised here: /_vercel/image answers 404"},
    {"proxy", "is not run: localfn has no routing middleware"},
    {"services", "is not read: localfn serves one project, without services"},
    {"experimentalServices", "is not read: localfn serves one project, without services"},
    {"experimentalServicesV2", "is not read: localfn serves one project, without services"},
    {"buildCommand", "is not run: localfn serves the files as they are; build before you start it"},
    {"devCommand", "is not run: localfn serves the files as they are"},
}};

/// Whether the value asks for anything: `[]`, `{}`, "", false and null do not.
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

bool is_left_out(const JsonMember& member, ConfigReading& reading) {
  for (const LeftOut& known : kLeftOut) {
    if (known.key != member.key) continue;
    if (asks_for_something(member.value)) {
      reading.warn(member.offset, fmt::format("{} {}", known.key, known.what));
    }
    return true;
  }
  return false;
}

/// `build` is a key of its own, an object; as a list it can only be `builds`.
bool is_misspelt_builds(const JsonMember& member) {
  return member.key == "build" && member.value.is(Kind::Array);
}

}  // namespace

void warn_of_keys(ConfigReading& reading) {
  for (const JsonMember& member : reading.root.members) {
    if (is_left_out(member, reading)) continue;
    const bool known = std::find(kKnownKeys.begin(), kKnownKeys.end(), member.key) != kKnownKeys.end();
    if (known && !is_misspelt_builds(member)) continue;
    // The edit distance costs the product of both lengths; no typing error is that long.
    constexpr std::size_t kLongestTypo = 40;
    if (member.key.size() > kLongestTypo) continue;
    const std::string meant = known ? "builds" : nearest(member.key, kKnownKeys);
    if (meant.empty()) continue;  // the platform ignores keys it does not know
    reading.warn(member.offset, fmt::format("unknown key {} is ignored; did you mean \"{}\"?",
                                            in_quotes(member.key), meant));
  }
}

}  // namespace localfn
