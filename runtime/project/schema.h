// What a JSON value may look like, written as data, and the comparison of a value with it.
//
// Used by the readers of vercel.json and of bulk redirects while a Project is made. Every problem is
// found, in our words and in the words of the platform's validator (ajv 6). Pure. Any thread.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/project/json_source.h"

namespace localfn::schema {

enum class Type { Any, Boolean, Integer, Number, String, Array, Object };

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
constexpr double kNoBound = std::numeric_limits<double>::infinity();

struct Shape;

struct Property {
  std::string_view name;
  const Shape* shape = nullptr;
  bool required = false;
};

/// A name that is written where another one is meant, and whether the platform's message says so.
struct Alias {
  std::string_view written;
  std::string_view meant;
  bool platform_says = true;
};

/// One value. Members that do not belong to the type are not looked at.
struct Shape {
  Type type = Type::Any;
  std::string_view wanted = {};  ///< "true or false"; empty: made of the members below

  double least = -kNoBound;  ///< of numbers
  double most = kNoBound;

  /// Characters of a string, items of an array, members of an object.
  std::size_t shortest = 0;
  std::size_t longest = kUnlimited;

  std::span<const std::string_view> allowed = {};  ///< the only strings, when there are any
  bool starts_with_slash = false;                  ///< of a string

  const Shape* items = nullptr;  ///< of an array: each one

  std::span<const Property> properties = {};
  bool open = false;                  ///< an object may have other members too
  const Shape* entries = nullptr;     ///< of an object: each member, under names of 1..256 characters
  std::span<const Alias> aliases = {};
  std::span<const std::string_view> one_of = {};  ///< an object has at least one of these members

  /// When set, nothing above counts: the value has the shape that `choose` picks as the one its
  /// author means, and the platform complains as if it were `first`, its first alternative.
  const Shape* (*choose)(const JsonValue& value) = nullptr;
  const Shape* first = nullptr;
};

/// The way from the top of the file to a value. Lives on the stack of the walk.
struct Place {
  const Place* parent = nullptr;
  std::string_view key = {};  ///< of a member
  std::size_t index = 0;      ///< of an item
  bool is_item = false;

  Place member(std::string_view name) const { return {this, name, 0, false}; }
  Place item(std::size_t at) const { return {this, {}, at, true}; }

  /// `functions["api/a.py"].memory`; `quote` stands around names that are no identifiers.
  std::string text(char quote = '"') const;
};

struct Finding {
  std::size_t offset = 0;
  std::string message;
  std::string platform;  ///< without "Error: …": "`rewrites[0]` should be object."
};

/// Adds everything that is wrong with `value` to `findings`, up to a thousand problems: whoever has
/// more reads no further.
void check(const Shape& shape, const JsonValue& value, const Place& place,
           std::vector<Finding>& findings);

}  // namespace localfn::schema
