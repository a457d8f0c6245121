// `builds` of vercel.json: the older way to say which file is what.
#include <fmt/format.h>

#include "runtime/project/config_reading.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

/// The entry as the platform prints it: its text without the blanks between tokens.
std::string compact(std::string_view text) {
  std::string out;
  bool quoted = false, escaped = false;
  for (const char c : text) {
    if (!quoted && std::string_view(" \t\r\n").find(c) != std::string_view::npos) continue;
    out += c;
    if (!escaped && c == '"') quoted = !quoted;
    escaped = quoted && !escaped && c == '\\';
  }
  return printable(out);
}

}  // namespace

void read_builds(ConfigReading& reading) {
  const JsonValue* const list = reading.root.find("builds");
  const JsonValue* const functions = reading.root.find("functions");
  const bool any = list != nullptr && list->is(Kind::Array) && !list->items.empty();
  if (any && functions != nullptr) {
    reading.refuse(functions->offset, "functions and builds exclude each other; remove one of them",
                   "Error: [FUNCTIONS_AND_BUILDS] The `functions` property cannot be used in "
                   "conjunction with the `builds` property. Please remove one of them.");
  }
  const std::string_view text = reading.config.source.text();
  for (const ConfigReading::Item& item : reading.items_of("builds")) {
    Config::Build build;
    build.use = text_of(*item.value, "use")->text;
    const auto source = text_of(*item.value, "src");
    build.source = source ? source->text : "**";
    if (build.source.front() == '/') build.source.erase(0, 1);
    if (const JsonValue* const config = item.value->find("config")) {
      if (const auto excluded = text_of(*config, "excludeFiles")) build.excluded = excluded->text;
    }
    build.offset = item.value->offset;
    build.written = compact(text.substr(build.offset, item.value->end - build.offset));
    reading.config.builds.push_back(std::move(build));
  }
}

}  // namespace localfn
