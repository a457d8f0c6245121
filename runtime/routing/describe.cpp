#include "runtime/routing/describe.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/rules/compiled_rule.h"

namespace localfn {
namespace {

using rules::Phase;
using rules::RuleKind;
using rules::RuleSpec;

void add_part(std::string& text, std::string_view part) {
  if (!text.empty()) text += "; ";
  text += part;
}

std::string goal(const RuleSpec& spec) {
  std::string text;
  if (spec.status) text += fmt::format("{}", *spec.status);
  if (spec.destination) text += (text.empty() ? "→ " : " → ") + spec.destination->text;
  return text;
}

std::string header_names(const RuleSpec& spec) {
  std::string names;
  for (const rules::HeaderSpec& header : spec.headers) {
    names.append(names.empty() ? "headers " : ", ").append(header.key.text);
  }
  return names;
}

std::string methods(const RuleSpec& spec) {
  std::string names;
  for (const std::string& method : spec.methods) {
    names.append(names.empty() ? "only " : ", ").append(method);
  }
  return names;
}

std::string what(const RuleSpec& spec) {
  std::string text = goal(spec);
  const auto add = [&text](bool wanted, std::string_view part) {
    if (wanted && !part.empty()) add_part(text, part);
  };
  add(true, header_names(spec));
  add(true, methods(spec));
  add(!spec.has.empty(), fmt::format("has {}", spec.has.size()));
  add(!spec.missing.empty(), fmt::format("missing {}", spec.missing.size()));
  add(!spec.transforms.empty(), fmt::format("transforms {}", spec.transforms.size()));
  add(spec.check && spec.kind == RuleKind::Route, "check");
  add(spec.continues && spec.kind == RuleKind::Route, "continue");
  return text;
}

class Describer {
 public:
  explicit Describer(const Project& project) : project_(project), rules_(project.rules.get()) {}

  std::vector<RuleLine> run() {
    start();
    files();
    add_rules(Phase::Filesystem, "filesystem");
    zero_config();
    add_rules(Phase::Miss, "miss");
    add_rules(Phase::Error, "error");
    ends();
    add_rules(Phase::Hit, "hit");
    add_rules(Phase::Rewrite, "never");
    add_rules(Phase::Resource, "never");
    return std::move(lines_);
  }

 private:
  void add(const char* phase, std::string rule, std::string place, std::string source,
           std::string text) {
    lines_.push_back({phase, std::move(rule), std::move(place), std::move(source), std::move(text)});
  }

  void add_rules(Phase phase, const char* name) {
    if (rules_ == nullptr) return;
    const rules::RuleList& list = rules_->rules(phase);
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      const rules::CompiledRule& rule = list[i];
      add(name, rule.name, rule.place, rule.spec->source.text, what(*rule.spec));
    }
  }

  void start() {
    add("start", "single slashes", "", "//", "GET: 301; else one slash for several");
    if (rules_ == nullptr) return;
    const rules::RoutingSpec& spec = rules_->spec();
    for (const rules::BulkRedirect& bulk : spec.bulk_redirects) {
      add("start", "bulk redirect", bulk.place, bulk.source,
          fmt::format("{} → {}", bulk.status, bulk.destination));
    }
    if (spec.clean_urls.value_or(false)) {
      add("start", "cleanUrls", rules_->clean_urls_place(), "/*.html, /*/index", "308 without it");
    }
    if (spec.trailing_slash) {
      const bool wanted = *spec.trailing_slash;
      add("start", "trailingSlash", rules_->trailing_slash_place(), wanted ? "/*" : "/*/",
          wanted ? "308 with a slash, unless it has an extension" : "308 without the slash");
    }
    add_rules(Phase::Start, "start");
  }

  void files() {
    for (const auto& [path, function] : project_.functions) {
      add("files", "function " + function->file, "", "/" + path, "function");
    }
    if (project_.static_files.empty()) return;
    add("files", "file", "", "/",
        fmt::format("{} static file{} of {}", project_.static_files.size(),
                    project_.static_files.size() == 1 ? "" : "s",
                    project_.static_root.empty() ? "the project" : project_.static_root));
  }

  void zero_config() {
    const bool served = !project_.framework || project_.framework->has_manifest;
    if (project_.mode == ProjectMode::Framework && served) {
      const FrameworkApp app = project_.framework.value_or(FrameworkApp{"framework's", ""});
      add("filesystem", "app", app.because_of, "/*", what_answers(app));
    }
    if (project_.mode != ProjectMode::Functions) return;
    for (const DynamicRoute& route : project_.dynamic_routes) {
      add("filesystem", "dynamic " + route.function->path, "", "/" + route.function->path,
          "function " + route.function->file);
    }
    if (project_.has_functions) add("filesystem", "api/", "", "/api/*", "404");
  }

  static std::string what_answers(const FrameworkApp& app) {
    if (app.function) {
      return fmt::format("the {} app {}, `{}`: {}", app.slug, app.function->file,
                         app.function->variable, app.chosen_by);
    }
    const std::string none = app.problem.empty() ? "" : ", which has no entry point: every request is 500";
    return fmt::format("the {} app{}", app.slug, none);
  }

  void ends() {
    if (project_.mode == ProjectMode::Framework) return;
    const auto page = project_.static_files.find("404.html");
    if (project_.mode == ProjectMode::Functions && page != project_.static_files.end()) {
      add("error", "404.html", "", "/*", "404 with " + page->second);
      return;
    }
    add("error", "listing", "", "/*/", "the directory's listing when it has no index");
  }

  const Project& project_;
  const rules::RouteTable* rules_;
  std::vector<RuleLine> lines_;
};

}  // namespace

std::vector<RuleLine> describe(const Project& project) { return Describer(project).run(); }

}  // namespace localfn
