#include "runtime/rules/compiled_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/patterns/pattern_error.h"
#include "runtime/rules/key_matcher.h"
#include "runtime/rules/rule_problems.h"

namespace localfn::rules {

using patterns::Condition;
using patterns::Conditions;
using patterns::Destination;
using patterns::DestinationKind;
using patterns::PatternError;
using patterns::Template;

namespace {

const char* list_name(RuleKind kind) {
  switch (kind) {
    case RuleKind::Redirect: return "redirects";
    case RuleKind::Rewrite: return "rewrites";
    case RuleKind::Headers: return "headers";
    case RuleKind::Route: return "routes";
  }
  return "routes";
}

DestinationKind destination_kind(RuleKind kind) {
  if (kind == RuleKind::Redirect) return DestinationKind::Redirect;
  return kind == RuleKind::Rewrite ? DestinationKind::Rewrite : DestinationKind::Route;
}

class RuleCompiler {
 public:
  RuleCompiler(const RuleSpec& spec, std::vector<Problem>& problems)
      : spec_(spec), problems_(problems), problems_before_(problems.size()) {}

  std::optional<CompiledRule> run() {
    auto source = compile_source();
    Conditions conditions(compile(spec_.has, "has"), compile(spec_.missing, "missing"));
    if (!source) return std::nullopt;
    CompiledRule rule{&spec_, rule_name(spec_), {}, *std::move(source), std::move(conditions),
                      {}, {}, {}};
    // The parameters of a condition that is wrong are unknown: do not complain about their use.
    if (problems_.size() == problems_before_) add_rest(rule);
    if (problems_.size() != problems_before_) return std::nullopt;
    return rule;
  }

 private:
  std::optional<SourcePattern> compile_source() {
    try {
      const std::string& text = spec_.source.text;
      return spec_.kind == RuleKind::Route ? SourcePattern::of_route(text)
                                           : SourcePattern::of_path(text);
    } catch (const PatternError& error) {
      problems_.push_back(source_problem(spec_, error));
      return std::nullopt;
    }
  }

  std::vector<Condition> compile(const std::vector<ConditionAt>& conditions, const char* list) {
    std::vector<Condition> compiled;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      try {
        compiled.push_back(Condition::compile(conditions[i].spec));
      } catch (const PatternError& error) {
        const bool text = std::holds_alternative<std::string>(conditions[i].spec.value);
        const std::size_t offset = conditions[i].value_offset + (text ? 1 + error.offset() : 0);
        problems_.push_back(part_problem(spec_, fmt::format("{}[{}]", list, i), offset, error));
      }
    }
    return compiled;
  }

  void add_rest(CompiledRule& rule) {
    const patterns::ParameterNames names = rule.names();
    add_destination(rule, names);
    const auto syntax =
        spec_.kind == RuleKind::Route ? Template::Syntax::Dollars : Template::Syntax::HeaderValue;
    for (const HeaderSpec& header : spec_.headers) {
      Template value = Template::compile(header.value.text, syntax, names, patterns::UrlPart::Header);
      rule.headers.push_back({header_name(header.key.text, names), std::move(value)});
    }
    for (std::size_t i = 0; i < spec_.transforms.size(); ++i) {
      try {
        rule.transforms.push_back(Transform::compile(spec_.transforms[i], spec_.kind, names));
      } catch (const PatternError& error) {
        problems_.push_back(part_problem(spec_, fmt::format("transforms[{}]", i),
                                         spec_.transforms[i].offset, error));
      }
    }
  }

  /// A parameter in a name is never filled in: it stays what the platform has compiled it to, the
  /// group's number ("x-:id" is the header "x-$1").
  std::string header_name(const std::string& key, const patterns::ParameterNames& names) const {
    if (spec_.kind == RuleKind::Route || key.find(':') == std::string::npos) return lower_case(key);
    std::vector<std::string> groups, conditions;
    for (std::size_t i = 1; i <= names.source.size(); ++i) groups.push_back(fmt::format("${}", i));
    for (const std::string& name : names.conditions) conditions.push_back("$" + name);
    patterns::Captures captures;
    captures.reset(groups.size() + 1);
    for (std::size_t i = 0; i < groups.size(); ++i) captures.set(i + 1, groups[i]);
    std::string name;
    Template::compile(key, Template::Syntax::HeaderValue, names, patterns::UrlPart::Header)
        .expand({captures, conditions}, name);
    return lower_case(name);
  }

  void add_destination(CompiledRule& rule, const patterns::ParameterNames& names) {
    if (!spec_.destination) return;
    try {
      rule.destination =
          Destination::compile(spec_.destination->text, destination_kind(spec_.kind), names);
    } catch (const PatternError& error) {
      problems_.push_back(destination_problem(spec_, error));
      return;
    }
    if (rule.destination->is_absolute() && !can_be_absolute()) {
      problems_.push_back({spec_.destination->offset + 1,
                           fmt::format("cannot use `{}` of {}: a request is passed on only to a path, "
                                       "http:// or https://", spec_.destination_key, rule.name), {}});
    }
  }

  /// Whether a destination with a scheme makes sense: of the web, or for the client to follow.
  bool can_be_absolute() const {
    const std::string scheme = lower_case(spec_.destination->text.substr(0, 8));
    if (scheme.starts_with("http://") || scheme.starts_with("https://")) return true;
    const int status = spec_.status.value_or(0);
    return spec_.kind == RuleKind::Redirect || (status >= 300 && status <= 399);
  }

  const RuleSpec& spec_;
  std::vector<Problem>& problems_;
  std::size_t problems_before_;
};

}  // namespace

bool CompiledRule::allows(std::string_view method) const {
  const auto& methods = spec->methods;
  return methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::string rule_name(const RuleSpec& spec) {
  return fmt::format("{}[{}]", list_name(spec.kind), spec.index);
}

std::optional<CompiledRule> compile_rule(const RuleSpec& spec,
                                         const std::function<std::string(std::size_t)>& place_of,
                                         std::vector<Problem>& problems) {
  auto rule = RuleCompiler(spec, problems).run();
  if (rule && place_of) rule->place = place_of(spec.offset);
  return rule;
}

}  // namespace localfn::rules
