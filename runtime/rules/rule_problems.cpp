#include "runtime/rules/rule_problems.h"

#include <fmt/format.h>

#include "runtime/rules/compiled_rule.h"

namespace localfn::rules {

using patterns::PatternError;

namespace {

const char* kind_word(RuleKind kind) {
  switch (kind) {
    case RuleKind::Redirect: return "Redirect";
    case RuleKind::Rewrite: return "Rewrite";
    case RuleKind::Headers: return "Header";
    case RuleKind::Route: return "Route";
  }
  return "Route";
}

const char* code(RuleKind kind) {
  switch (kind) {
    case RuleKind::Redirect: return "invalid_redirect";
    case RuleKind::Rewrite: return "invalid_rewrite";
    case RuleKind::Headers: return "invalid_header";
    case RuleKind::Route: return "invalid_route";
  }
  return "invalid_route";
}

std::string platform_line(const RuleSpec& rule, std::string_view text) {
  return fmt::format("Error: [{}] {} at index {} {}.", code(rule.kind), kind_word(rule.kind),
                     rule.index, text);
}

std::string platform_source_line(const RuleSpec& rule, const PatternError& error) {
  if (error.kind() == PatternError::Kind::Unsupported) return {};
  const bool route = rule.kind == RuleKind::Route;
  const bool regex = route || error.kind() == PatternError::Kind::InvalidRegex;
  return platform_line(rule, fmt::format("has invalid {} {} \"{}\"",
                                         route ? "`src`/`source`" : "`source`",
                                         regex ? "regular expression" : "pattern",
                                         rule.source.text));
}

/// Behind the opening quote. Escapes of JSON before the place make it a little too small.
std::size_t inside(std::size_t quote, const PatternError& error) {
  return quote + 1 + error.offset();
}

}  // namespace

Problem source_problem(const RuleSpec& rule, const PatternError& error) {
  return {inside(rule.source.offset, error),
          fmt::format("cannot use `source` of {}: {}", rule_name(rule), error.what()),
          platform_source_line(rule, error)};
}

Problem destination_problem(const RuleSpec& rule, const PatternError& error) {
  return {inside(rule.destination->offset, error),
          fmt::format("cannot use `destination` of {}: it {}", rule_name(rule), error.what()),
          platform_line(rule, error.what())};
}

Problem part_problem(const RuleSpec& rule, std::string_view what, std::size_t offset,
                     const PatternError& error) {
  return {offset, fmt::format("cannot use {}.{}: {}", rule_name(rule), what, error.what()), {}};
}

}  // namespace localfn::rules
