// JSON with the place of every key and value, so that a wrong one can be pointed at.
//
// Used for vercel.json while a Project is made. Pure. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/project/text.h"

namespace localfn {

struct JsonMember;

/// One value of the text. `offset` is where it starts.
struct JsonValue {
  enum class Kind { Null, Boolean, Integer, Number, String, Array, Object };

  Kind kind = Kind::Null;
  std::size_t offset = 0;
  std::size_t end = 0;  ///< just behind the value
  bool boolean = false;
  std::int64_t integer = 0;  ///< also of 1.0 and 1e3, which JavaScript calls integers
  double number = 0;         ///< of Integer and Number
  std::string text;          ///< of String, UTF-8
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;  ///< in order; a key that is given twice stands once, the last

  bool is(Kind wanted) const { return kind == wanted; }
  /// The member of that name; null when there is none or this is no object.
  const JsonValue* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  std::size_t offset = 0;  ///< of the key
  JsonValue value;
};

/// "an object", "the number 0", "the string \"x\"": what was found, for messages.
std::string describe(const JsonValue& value);

struct ParsedJson {
  std::optional<JsonValue> value;       ///< nothing when the text is not JSON
  std::optional<Diagnostic> problem;    ///< then: why
  std::vector<std::string> duplicates;  ///< one line for each key given twice, with its place
};

/// Strict JSON: no comments, no trailing commas; a byte order mark is skipped. Values nested more
/// than 200 deep are refused.
ParsedJson parse_json(const SourceText& source);

}  // namespace localfn
