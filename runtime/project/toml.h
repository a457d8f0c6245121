// The few things that localfn asks of a TOML file: one value under one dotted key.
//
// No full reader: tables, dotted keys and inline tables of one line are followed, strings and arrays
// of several lines are stepped over. What it cannot make out counts as not there. Pure. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace localfn {

struct TomlValue {
  std::string text;        ///< a string without its quotes; anything else as it is written
  bool is_string = false;  ///< a string of one line
  std::size_t line = 0;    ///< counted from 1
};

/// The value of `key` ("tool.vercel.entrypoint") in the text of a TOML file.
std::optional<TomlValue> toml_value(std::string_view toml, std::string_view key);

}  // namespace localfn
