// As much of TOML as finding dependencies takes: tables, strings, arrays, inline tables. Numbers,
// dates and booleans are kept as their text.
//
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localfn::packages {

struct TomlValue {
  enum class Kind { Other, String, Array, Table };

  Kind kind = Kind::Other;
  std::string text;                                           ///< of a String or Other
  std::vector<TomlValue> items;                               ///< of an Array
  std::vector<std::pair<std::string, TomlValue>> members;     ///< of a Table, in order

  /// The member of that name; null where there is none or this is no table.
  const TomlValue* find(std::string_view name) const;
  /// The same down a path of names.
  template <typename... Names>
  const TomlValue* find(std::string_view first, std::string_view second, Names... rest) const {
    const TomlValue* inner = find(first);
    return inner == nullptr ? nullptr : inner->find(second, rest...);
  }
};

/// The document's outermost table; nothing when it is not TOML.
std::optional<TomlValue> read_toml(std::string_view text);

}  // namespace localfn::packages
