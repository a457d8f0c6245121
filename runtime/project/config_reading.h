// vercel.json while it is read: what the parts of the reader share.
//
// Internal to config*.cpp. The schema has been compared before any part reads, so a part may take
// for granted that a sound value has its shape. Lives on one stack.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/project/config.h"
#include "runtime/project/schema.h"

namespace localfn {

struct ConfigReading {
  const JsonValue& root;
  Config& config;
  std::vector<schema::Finding> findings = {};
  std::vector<std::size_t> unsound = {};  ///< sorted places of what the schema found

  /// Whether the schema has nothing against the value or anything inside it.
  bool is_sound(const JsonValue& value) const;

  /// `platform` is complete: "Error: [CODE] …".
  void refuse(std::size_t offset, std::string message, std::string platform = {});
  void warn(std::size_t offset, std::string message);

  /// The items of a top-level array that are sound and objects, with their index.
  struct Item {
    std::size_t index = 0;
    const JsonValue* value = nullptr;
  };
  std::vector<Item> items_of(std::string_view key) const;
};

void read_functions(ConfigReading& reading);
void read_redirects(ConfigReading& reading);
void read_rewrites(ConfigReading& reading);
void read_header_rules(ConfigReading& reading);
void read_routes(ConfigReading& reading);
void read_builds(ConfigReading& reading);
void read_variables(ConfigReading& reading);
void read_settings(ConfigReading& reading);
/// Keys that are misspelt, and keys that stand for things localfn does not do.
void warn_of_keys(ConfigReading& reading);

/// `has` and `missing` of a sound rule.
std::vector<rules::ConditionAt> read_conditions(const JsonValue& rule, std::string_view key);

/// `transforms` of a sound rule. What the schema cannot say is checked here.
std::vector<rules::TransformSpec> read_transforms(const JsonValue& rule, const std::string& where,
                                                  ConfigReading& reading);

/// The operators of a condition's value or a transform's key.
patterns::ConditionOperators read_operators(const JsonValue& value);

/// The member as a Text; nothing when it is not there or no string.
std::optional<rules::Text> text_of(const JsonValue& object, std::string_view key);
bool is_true(const JsonValue& object, std::string_view key);

}  // namespace localfn
