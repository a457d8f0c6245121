#include "runtime/rules/source_pattern.h"

#include <algorithm>

#include "runtime/patterns/pattern_error.h"
#include "runtime/rules/regex_start.h"

namespace localfn::rules {

using patterns::MatchResult;
using patterns::PathPattern;
using patterns::PatternError;
using patterns::Regex;

namespace {

const std::vector<std::string> kNoNames;

/// The platform looks at the last character only: `\$` counts as an end, too.
std::string anchored(std::string_view source) {
  std::string text = source.starts_with('^') ? "" : "^";
  text += source;
  if (!source.ends_with('$')) text += '$';
  return text;
}

Regex compile_anchored(const std::string& text, std::string_view source) {
  try {
    return Regex::compile(text, Regex::Form::Search, patterns::RegexDialect::LegacyRoute);
  } catch (const PatternError& error) {
    const std::size_t added = source.starts_with('^') ? 0 : 1;
    const std::size_t offset = error.offset() - std::min(added, error.offset());
    throw PatternError(error.kind(), std::min(offset, source.size()), error.what());
  }
}

}  // namespace

SourcePattern SourcePattern::of_path(std::string_view source) {
  return SourcePattern(PathPattern::compile(source));
}

SourcePattern SourcePattern::of_route(std::string_view source) {
  const std::string text = anchored(source);
  RegexStart start = regex_start(text);
  Route route;
  route.asks_without_slash = !start.text.starts_with('/');
  route.prefix = route.asks_without_slash ? "/" + start.text : std::move(start.text);
  if (!start.is_all) route.regex = compile_anchored(text, source);
  return SourcePattern(std::move(route));
}

const std::vector<std::string>& SourcePattern::names() const {
  if (const auto* path = std::get_if<PathPattern>(&pattern_)) return path->names();
  const auto& route = std::get<Route>(pattern_);
  return route.regex ? route.regex->group_names() : kNoNames;
}

bool SourcePattern::is_literal() const {
  if (const auto* path = std::get_if<PathPattern>(&pattern_)) return path->is_literal();
  return !std::get<Route>(pattern_).regex;
}

const std::string& SourcePattern::prefix() const {
  if (const auto* path = std::get_if<PathPattern>(&pattern_)) return path->literal_prefix();
  return std::get<Route>(pattern_).prefix;
}

MatchResult SourcePattern::match(std::string_view path, patterns::Captures& captures) const {
  if (const auto* pattern = std::get_if<PathPattern>(&pattern_)) {
    return pattern->match(path, captures);
  }
  const auto& route = std::get<Route>(pattern_);
  if (!route.regex) {
    if (path != route.prefix) return MatchResult::NoMatch;
    captures.reset(1);
    captures.set(0, path);
    return MatchResult::Match;
  }
  if (!path.starts_with(route.prefix)) return MatchResult::NoMatch;
  const MatchResult result = route.regex->match(path, captures);
  if (result != MatchResult::NoMatch || !route.asks_without_slash) return result;
  return route.regex->match(path.substr(1), captures);
}

}  // namespace localfn::rules
