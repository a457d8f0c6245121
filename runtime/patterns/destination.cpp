#include "runtime/patterns/destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/patterns/destination_parts.h"
#include "runtime/patterns/path_tokens.h"
#include "runtime/patterns/pattern_error.h"
#include "runtime/patterns/query.h"

namespace localfn::patterns {
namespace {

bool is_known(std::string_view name, const ParameterNames& names) {
  const auto in = [name](const auto& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  // A source group without a name has an empty name: it vouches for one in the destination.
  return in(names.source) || in(names.conditions);
}

/// All names, each once, in the order in which the platform appends them.
std::vector<std::string> distinct_names(const ParameterNames& names) {
  std::vector<std::string> result;
  for (const auto* list : {&names.source, &names.conditions}) {
    for (const auto& name : *list) {
      const bool seen = std::find(result.begin(), result.end(), name) != result.end();
      if (!name.empty() && !seen) result.push_back(name);
    }
  }
  return result;
}

/// Throws UnknownSegment for a parameter of `part` that the rule does not have.
void check_segments(std::string_view part, std::string_view text, const ParameterNames& names) {
  for (const auto& token : parse_path(part, kSourceDefaultPattern)) {
    if (!token.is_parameter() || is_known(token.name, names)) continue;
    const auto shown = token.name.empty() ? std::string("__UN_NAMED_SEGMENT__") : token.name;
    const auto offset = text.find(":" + shown);
    throw PatternError(PatternError::Kind::UnknownSegment,
                       offset == std::string_view::npos ? 0 : offset,
                       fmt::format("has segment \":{}\" in `destination` property but not in "
                                   "`source` or `has` property",
                                   shown));
  }
}

/// A part that is no path pattern ends the check: the platform gives up there too.
void check_segments(const DestinationParts& parts, std::string_view text,
                    const ParameterNames& names) {
  try {
    check_segments(parts.hostname, text, names);
    check_segments(parts.path, text, names);
    QueryReader pairs(parts.query);
    while (const auto pair = pairs.next()) check_segments(pair->value, text, names);
  } catch (const PatternError& error) {
    if (error.kind() == PatternError::Kind::UnknownSegment) throw;
  }
}

/// The parameters in path, fragment and host: a rewrite that has one of them adds none to its
/// query.
std::set<std::string> used_names(const DestinationParts& parts) {
  std::set<std::string> used;
  try {
    for (const auto& part : {parts.path, parts.fragment, parts.hostname}) {
      for (const auto& token : parse_path(part, kDestinationDefaultPattern)) {
        if (token.is_parameter() && !token.name.empty()) used.insert(token.name);
      }
    }
  } catch (const PatternError&) {
    // As on the platform: what follows a part that is no pattern is not looked at.
  }
  return used;
}

}  // namespace

class DestinationCompiler {
 public:
  DestinationCompiler(std::string_view text, DestinationKind kind, const ParameterNames& names)
      : text_(text), kind_(kind), names_(names), parts_(split_destination(text)) {}

  Destination run() {
    result_.kind_ = kind_;
    result_.absolute_ = !parts_.scheme.empty();
    if (kind_ != DestinationKind::Route) check_segments(escaped_parts(), text_, names_);
    if (is_rebuilt()) {
      rebuild();
    } else {
      keep();
    }
    return std::move(result_);
  }

 private:
  using Syntax = Template::Syntax;

  /// Whether the platform takes the URL apart. What it leaves alone may hold any character.
  bool is_rebuilt() const {
    if (kind_ != DestinationKind::Redirect) return kind_ == DestinationKind::Rewrite;
    const bool named = std::any_of(names_.source.begin(), names_.source.end(),
                                   [](const auto& name) { return !name.empty(); });
    return !names_.conditions.empty() || (named && text_.find(':') != std::string_view::npos);
  }

  /// The parts as the platform's URL parser hands them on: `\` is `/`, and what no URL may hold is
  /// escaped, braces among it. It leaves a plain path alone, so that braces there are a pattern's.
  DestinationParts escaped_parts() const {
    auto parts = parts_;
    std::replace(parts.path.begin(), parts.path.end(), '\\', '/');
    parts.path = escape_unsafe(parts.path, is_plain_path() ? UrlPart::Header : UrlPart::Path);
    parts.fragment = escape_unsafe(parts.fragment, UrlPart::Fragment);
    return parts;
  }

  bool is_plain_path() const {
    return parts_.scheme.empty() && parts_.fragment.empty() && parts_.path.starts_with('/') &&
           !parts_.path.starts_with("///") && parts_.path.find('@') == std::string::npos &&
           text_.find_first_of(" \t\r\n\v\f") == std::string_view::npos;
  }

  Template part(std::string_view text, Syntax syntax, UrlPart place) const {
    return Template::compile(text, syntax, names_, place);
  }

  void keep() {
    add_origin(Syntax::Dollars);
    // Nothing may end the line of a Location header; all else is the author's.
    const auto kept = [](const std::string& text) { return escape_unsafe(text, UrlPart::Header); };
    result_.path_ = part(kept(parts_.path), Syntax::Dollars, UrlPart::Path);
    result_.query_ = part(kept(parts_.query), Syntax::Dollars, UrlPart::Query);
    result_.fragment_ = part(kept(parts_.fragment), Syntax::Dollars, UrlPart::Fragment);
  }

  void rebuild() {
    auto parts = escaped_parts();
    if (result_.absolute_ && parts.path.empty()) parts.path = "/";
    add_origin(Syntax::Pattern);
    result_.path_ = part(parts.path, Syntax::Pattern, UrlPart::Path);
    result_.fragment_ = part(parts.fragment, Syntax::Pattern, UrlPart::Fragment);
    QueryReader pairs(parts.query);
    while (const auto pair = pairs.next()) add_pair(*pair);
    if (kind_ == DestinationKind::Rewrite) add_unused(parts);
  }

  void add_origin(Syntax syntax) {
    if (parts_.scheme.empty()) return;
    result_.origin_ = part(parts_.scheme + escaped(parts_.user), Syntax::Dollars, UrlPart::Host);
    result_.origin_.append(part(escaped(parts_.hostname), syntax, UrlPart::Host));
    result_.origin_.append(part(parts_.port, Syntax::Dollars, UrlPart::Host));
  }

  static std::string escaped(std::string_view text) { return escape_unsafe(text, UrlPart::Host); }

  void begin_pair() {
    if (query_begun_) add_constant("&");
    query_begun_ = true;
  }

  void add_constant(std::string_view text) {
    result_.query_.append(Template::compile(text, Syntax::Dollars, names_, UrlPart::Query));
  }

  void add_pair(const QueryPair& pair) {
    begin_pair();
    add_constant(escape_unsafe(key_text(pair.key), UrlPart::Query));
    if (!pair.has_equals) return;
    add_constant("=");
    auto value = part(pair.value, Syntax::Pattern, UrlPart::Query);
    value.escape_text();
    result_.query_.append(std::move(value));
  }

  /// Keys have no parameters: the platform leaves its own mark in place of the colon.
  std::string key_text(std::string_view key) const {
    std::string text(key);
    for (const auto& name : distinct_names(names_)) {
      const auto reference = ":" + name;
      for (auto at = text.find(reference); at != std::string::npos; at = text.find(reference, at)) {
        text.replace(at, 1, "__ESC_COLON_");
      }
    }
    return text;
  }

  void add_unused(const DestinationParts& parts) {
    const auto names = distinct_names(names_);
    const auto used = used_names(parts);
    const auto is_used = [&used](const auto& name) { return used.contains(name); };
    if (std::any_of(names.begin(), names.end(), is_used)) return;
    for (const auto& name : names) {
      if (has_query_key(parts.query, name)) continue;
      begin_pair();
      result_.query_.append(Template::constant(percent_encode(name, UrlPart::Query) + "="));
      result_.query_.append(Template::parameter(name, names_, UrlPart::Query));
    }
  }

  std::string_view text_;
  DestinationKind kind_;
  const ParameterNames& names_;
  DestinationParts parts_;
  Destination result_;
  bool query_begun_ = false;
};

Destination Destination::compile(std::string_view text, DestinationKind kind,
                                 const ParameterNames& names) {
  return DestinationCompiler(text, kind, names).run();
}

Target Destination::expand(const Parameters& parameters) const {
  Target target;
  origin_.expand(parameters, target.origin);
  path_.expand(parameters, target.path);
  query_.expand(parameters, target.query);
  fragment_.expand(parameters, target.fragment);
  if (kind_ != DestinationKind::Redirect && !target.path.starts_with('/')) {
    target.path.insert(0, "/");
  }
  return target;
}

std::string Target::text() const {
  return origin + path + (query.empty() ? "" : "?" + query) + fragment;
}

std::string Target::location(std::string_view client_query) const {
  const auto merged = merge_query(query, client_query);
  return origin + path + (merged.empty() ? "" : "?" + merged) + fragment;
}

}  // namespace localfn::patterns
