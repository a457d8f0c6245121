// Any bytes as a source, a regular expression, a destination, a condition and a query: no crash, no
// match beyond the budget, and the promises that the route table builds on.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/patterns/conditions.h"
#include "runtime/patterns/destination.h"
#include "runtime/patterns/path_pattern.h"
#include "runtime/patterns/pattern_error.h"
#include "runtime/patterns/query.h"

namespace localfn::patterns {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

/// The text up to the next newline, which is taken away with it.
std::string_view take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto line = bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  return line;
}

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

template <typename Action>
void compiling(std::string_view text, Action action) {
  try {
    action();
  } catch (const PatternError& error) {
    require(error.offset() <= text.size());
    require(error.what() != std::string_view());
  }
}

void fuzz_regex(std::string_view pattern, std::string_view text) {
  for (const auto dialect : {RegexDialect::JavaScript, RegexDialect::LegacyRoute}) {
    compiling(pattern, [&] {
      const auto regex = Regex::compile(pattern, Regex::Form::Search, dialect);
      Captures captures;
      if (regex.match(text, captures) != MatchResult::Match) return;
      require(captures.size() == regex.group_names().size() + 1);
      for (std::size_t i = 0; i < captures.size(); ++i) require(is_inside(captures[i], text));
    });
  }
}

void check_target(const Target& target, std::string_view client_query) {
  const auto location = target.location(client_query);
  require(target.text().size() <= location.size());
  require(target.path.empty() || target.is_absolute() || target.path.front() == '/');
}

void fuzz_rule(std::string_view source, std::string_view destination, std::string_view path,
               std::string_view query) {
  compiling(source, [&] {
    const auto pattern = PathPattern::compile(source);
    Captures captures;
    const bool matched = pattern.match(path, captures) == MatchResult::Match;
    if (matched) require(path.starts_with(pattern.literal_prefix()));
    if (pattern.is_literal()) {
      require(matched == (path == pattern.literal()));
    } else if (!matched) {  // what is compared first refuses nothing that the expression takes
      Captures whole;
      require(Regex::compile(pattern.regex_source()).match(path, whole) != MatchResult::Match);
    }
    const ParameterNames names{pattern.names(), {"found"}};
    compiling(destination, [&] {
      const auto compiled = Destination::compile(destination, DestinationKind::Rewrite, names);
      const std::vector<std::string> found{std::string(query)};
      if (!matched) return;
      const auto target = compiled.expand({captures, found});
      check_target(target, query);
      // What a condition found may hold anything; a line's end must not get through.
      if (path.find('\r') == std::string_view::npos) {
        require(target.text().find_first_of("\r\n") == std::string::npos);
      }
    });
  });
}

void fuzz_query(std::string_view first, std::string_view second) {
  const auto merged = merge_query(first, second);
  require(merged.starts_with(first));
  require(merge_query(merged, second) == merged);
  QueryReader pairs(second);
  while (const auto pair = pairs.next()) {
    require(has_query_key(merged, decode_query_text(pair->key)));
  }
}

void fuzz_condition(std::string_view value, std::string_view key, std::string_view rest) {
  compiling(value, [&] {
    for (const auto type : {ConditionType::Header, ConditionType::Cookie, ConditionType::Query,
                            ConditionType::Host}) {
      std::vector<Condition> has;
      has.push_back(Condition::compile({type, std::string(key), std::string(value)}));
      const Conditions conditions(std::move(has), {});
      std::vector<std::string> parameters;
      std::string why;
      const auto result = conditions.evaluate({rest, rest, rest}, parameters, &why);
      require(parameters.size() == conditions.parameter_names().size());
      require((result == MatchResult::Match) == why.empty());
    }
  });
}

}  // namespace
}  // namespace localfn::patterns

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace localfn::patterns;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto first = take_line(bytes);
  const auto second = take_line(bytes);
  const auto third = take_line(bytes);
  fuzz_regex(first, second);
  fuzz_rule(first, second, third, bytes);
  fuzz_query(first, second);
  fuzz_condition(first, second, third);
  return 0;
}
