#include "runtime/routing/phases.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/project/text.h"

namespace localfn {

using patterns::MatchResult;
using patterns::Target;
using rules::Phase;

namespace {

bool is_redirect(int status) { return status >= 300 && status <= 399; }

}  // namespace

Phases::Result Phases::run(Phase phase) {
  if (project_.rules == nullptr) return {};
  const rules::RuleList& list = project_.rules->rules(phase);
  if (list.empty()) return {};
  rules::Candidates candidates = pick(list, 0);
  while (const auto number = candidates.next()) {
    const Rule& rule = list[*number];
    const MatchResult result = tester_.test(rule, way_.path());
    if (result == MatchResult::NoMatch) continue;
    if (result == MatchResult::LimitExceeded) return {too_costly(rule)};
    Step step = follow(rule, phase);
    if (step.destination) return {std::move(step.destination)};
    if (step.stop) return {std::nullopt, true};
    if (step.moved) candidates = pick(list, *number + 1);
  }
  return {};
}

/// With a trace every rule is tried, so that each can say why it did not match.
rules::Candidates Phases::pick(const rules::RuleList& list, std::uint32_t first) const {
  if (tracer_) return rules::Candidates::all(first, list.size());
  return list.candidates(way_.path(), first);
}

std::optional<Destination> Phases::run_miss() {
  if (project_.rules == nullptr || project_.rules->rules(Phase::Miss).empty()) return std::nullopt;
  Way::Position before = way_.position();
  Result result = run(Phase::Miss);
  if (result.destination) return std::move(result.destination);
  const int status = way_.status;  // a status that a rule of this phase has set stays
  way_.return_to(std::move(before));
  way_.status = status;
  return std::nullopt;
}

Phases::Step Phases::follow(const Rule& rule, Phase phase) {
  // Captures are views of the path, which is gone once the request has been moved.
  if (tracer_) shown_parameters_ = tester_.shown_parameters(rule);
  collect(rule, phase);
  if (phase == Phase::Hit) return explain(rule, "headers are set"), Step{};
  const int status = rule.spec->status.value_or(0);
  if (!rule.destination) return follow_without_destination(rule, phase);
  way_.rule = &rule;
  Target target = rule.destination->expand(tester_.parameters());
  if (rule.spec->kind == rules::RuleKind::Redirect) return {redirect(rule, status, target)};
  const bool web = target.origin.starts_with("http://") || target.origin.starts_with("https://");
  if (web) return {proxy(rule, target)};
  if (rule.spec->continues) return follow_continue(rule, target);
  if (is_redirect(status)) return {redirect_by_status(rule, status, &target)};
  if (status != 0) way_.status = status;
  const bool check = rule.spec->check || rule.spec->kind == rules::RuleKind::Rewrite;
  if (check) return follow_check(rule, std::move(target), phase);
  return follow_to_the_end(rule, std::move(target), phase);
}

void Phases::collect(const Rule& rule, Phase phase) {
  const bool keep = phase == Phase::Hit || phase == Phase::Miss;
  for (const Rule::Header& header : rule.headers) {
    std::string value;
    header.value.expand(tester_.parameters(), value);
    way_.set_header(header.name, std::move(value), keep);
  }
  for (const rules::Transform& transform : rule.transforms) {
    way_.transform(transform, transform.expand(tester_.parameters(), project_.environment));
  }
}

Phases::Step Phases::follow_without_destination(const Rule& rule, Phase phase) {
  const int status = rule.spec->status.value_or(0);
  if (status != 0) way_.rule = &rule;
  if (rule.spec->continues || rule.spec->kind == rules::RuleKind::Headers) {
    if (status != 0) way_.status = status;
    explain(rule, rule.headers.empty() ? "go on" : "headers are set");
    return {};
  }
  if (is_redirect(status)) return {redirect_by_status(rule, status, nullptr)};
  if (status != 0) way_.status = status;
  explain(rule, status == 0 ? "no further rule of this phase" : fmt::format("status {}", status));
  if (auto found = reach()) {
    way_.rule = &rule;
    return {std::move(found)};
  }
  if (rule.spec->check) return {};
  // After `handle: miss` a status waits for the rules after `handle: error`.
  if (status != 0 && phase != Phase::Miss) return {error_page(rule, status)};
  if (phase == Phase::Miss) return {std::nullopt, true};
  return {run_miss(), true};
}

Phases::Step Phases::follow_continue(const Rule& rule, const Target& target) {
  if (rule.spec->status) way_.status = *rule.spec->status;
  if (!way_.move_to(target.path, target.query)) return {endless(rule)};
  explain(rule, "");
  return {std::nullopt, false, true};
}

Phases::Step Phases::follow_check(const Rule& rule, Target target, Phase phase) {
  if (!way_.move_to(std::move(target.path), target.query)) return {endless(rule)};
  explain(rule, "");
  if (auto found = reach()) return {std::move(found)};
  if (phase != Phase::Miss) {
    if (auto found = run_miss()) return {std::move(found)};
  }
  return {std::nullopt, false, true};
}

Phases::Step Phases::follow_to_the_end(const Rule& rule, Target target, Phase phase) {
  Way::Position before = way_.position();
  if (!way_.move_to(std::move(target.path), target.query)) return {endless(rule)};
  explain(rule, "");
  if (auto found = reach()) return {std::move(found)};
  if (phase != Phase::Miss) {
    if (auto found = run_miss()) return {std::move(found)};
  }
  if (auto app = reach_app()) return {std::move(app)};
  // Later phases start again from where the request was before this rule.
  before.status = 0;
  way_.return_to(std::move(before));
  return {std::nullopt, true};
}

std::optional<Destination> Phases::reach() {
  if (auto redirect = redirect_by_header(way_.status)) return redirect;
  const Served* served = tables_.find(way_.path());
  if (served == nullptr) {
    if (tracer_) tracer_.add("exact path", "", "no: nothing is served at {}", in_quotes(way_.path()));
    return std::nullopt;
  }
  if (served->function) {
    const auto& function = served->function;
    if (tracer_) tracer_.add("function ", function->file, "matched: {}", in_quotes(way_.path()));
    return FunctionRoute{function, way_.function_target(), way_.status};
  }
  if (served->withheld) {
    tracer_.add("static file ", served->file, "not found: the platform never sends this name");
    return ErrorRoute{};
  }
  if (tracer_) tracer_.add("static file ", served->file, "matched: {}", in_quotes(way_.path()));
  return StaticRoute{served->file, way_.status == 0 ? 200 : way_.status};
}

std::optional<Destination> Phases::reach_app() {
  if (project_.mode != ProjectMode::Framework) return std::nullopt;
  if (project_.framework && !project_.framework->has_manifest) {
    tracer_.add("app", "", "not found: the project has no requirements.txt, pyproject.toml or Pipfile");
    return std::nullopt;
  }
  if (tracer_) tracer_.add("app", "", "matched: it answers {}", in_quotes(way_.path()));
  return FrameworkRoute{way_.app_target(), way_.status};
}

}  // namespace localfn
