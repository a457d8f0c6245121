// The routing rules of vercel.json as they are written there, checked for shape but not compiled.
//
// The reader of vercel.json (runtime/project) fills these; RouteTable::compile reads them. Offsets
// are bytes into vercel.json, so that whatever is wrong with a rule can be pointed at. Values; any
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/patterns/condition.h"

namespace localfn::rules {

/// A string of vercel.json. `offset` is that of its opening quote.
struct Text {
  std::string text;
  std::size_t offset = 0;
};

/// One item of `has` or `missing`.
struct ConditionAt {
  patterns::ConditionSpec spec;
  std::size_t offset = 0;        ///< of the item
  std::size_t value_offset = 0;  ///< of its `value`; that of the item when there is none
};

struct HeaderSpec {
  Text key;
  Text value;
};

/// One item of `transforms` (specification 4.9).
struct TransformSpec {
  enum class Type { RequestHeaders, RequestQuery, ResponseHeaders, RequestPath };
  enum class Operation { Set, Append, Delete };

  /// Which keys the transform is for: one name, or every key for which all operators hold.
  using Key = std::variant<std::string, patterns::ConditionOperators>;

  Type type = Type::RequestHeaders;
  Operation operation = Operation::Set;
  Key key;                       ///< not used for the path
  std::vector<Text> arguments;   ///< a single string is one argument
  std::vector<std::string> env;  ///< the variables that `$NAME` may stand for
  std::size_t offset = 0;        ///< of the item
};

/// The sections of a request's way in which rules are tried (specification 6).
enum class Phase { Start, Filesystem, Rewrite, Resource, Miss, Hit, Error };

enum class RuleKind { Redirect, Rewrite, Headers, Route };

struct RuleSpec {
  RuleKind kind = RuleKind::Route;
  std::size_t index = 0;   ///< in its array, handles of `routes` counted
  std::size_t offset = 0;  ///< of the rule's object in vercel.json
  Phase phase = Phase::Start;  ///< of a Route: after which `handle` it stands

  /// `source`: a path pattern for redirects, rewrites and headers; a regular expression (`src` or
  /// `source`) for routes.
  Text source;
  std::optional<Text> destination;
  /// Redirects: never empty, what `permanent` means has been decided. Else as written.
  std::optional<int> status;
  std::vector<HeaderSpec> headers;
  std::vector<std::string> methods;  ///< empty: all
  bool continues = false;            ///< `continue`
  bool check = false;
  std::vector<ConditionAt> has;
  std::vector<ConditionAt> missing;
  std::vector<TransformSpec> transforms;
};

/// One line of the file or folder that `bulkRedirectsPath` names.
struct BulkRedirect {
  std::string source;
  std::string destination;
  int status = 307;
  bool case_sensitive = false;
  bool preserve_query = false;
  std::string place;  ///< "redirects.csv:12", for the trace
};

struct RoutingSpec {
  std::optional<bool> clean_urls;
  std::optional<bool> trailing_slash;
  std::vector<RuleSpec> redirects;
  std::vector<RuleSpec> rewrites;
  std::vector<RuleSpec> headers;
  std::vector<RuleSpec> routes;  ///< without the handles themselves
  /// The phase of the last `handle` in routes; Start when there is none. Redirects, headers and
  /// rewrites are appended to the routes, so they land in this phase.
  Phase last_phase = Phase::Start;
  std::vector<BulkRedirect> bulk_redirects;

  /// Of the values of `cleanUrls` and `trailingSlash`, so that the trace can say where they stand.
  std::optional<std::size_t> clean_urls_offset;
  std::optional<std::size_t> trailing_slash_offset;
  /// Turns an offset into "vercel.json:12:5" (SourceText::place). RouteTable::compile calls it once
  /// per rule and then drops it, so it may refer to the text being read. Unset: no rule has a place.
  std::function<std::string(std::size_t)> place_of;
};

/// What is wrong with a rule, for a Diagnostic of vercel.json.
struct Problem {
  std::size_t offset = 0;
  std::string message;   ///< in our words
  std::string platform;  ///< "Error: [invalid_rewrite] Rewrite at index 0 has …"; may be empty
};

}  // namespace localfn::rules
