// Runs the rules of one phase over a request: which match, in what order, and what each does.
//
// What a rule does is the specification's 4.2 to 4.6 and section 6, step 5. One request, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/routing/rule_tester.h"
#include "runtime/routing/tables.h"
#include "runtime/routing/tracer.h"
#include "runtime/routing/way.h"

namespace localfn {

class Phases {
 public:
  Phases(const Project& project, const RouteRequest& request, Way& way, Tables& tables,
         const Tracer& tracer)
      : project_(project),
        request_(request),
        way_(way),
        tables_(tables),
        tracer_(tracer),
        tester_(request, tracer) {}

  struct Result {
    std::optional<Destination> destination;  ///< the request ends here
    bool stopped = false;  ///< a rule matched, and nothing is where it leads
  };
  Result run(rules::Phase phase);

  /// The rules after `handle: miss`; what they move stays moved only if they find something.
  std::optional<Destination> run_miss();

  /// What is served at the current path, unless a redirect has been collected on the way to it.
  std::optional<Destination> reach();
  /// Framework projects: the app, which answers every path.
  std::optional<Destination> reach_app();
  /// A status between 300 and 399 that is set, with the header to go with it: a redirect.
  std::optional<Destination> redirect_by_header(int status);
  std::string with_client_query(std::string location) const;

 private:
  struct Step {
    std::optional<Destination> destination;
    bool stop = false;
    bool moved = false;
  };
  using Rule = rules::CompiledRule;

  rules::Candidates pick(const rules::RuleList& list, std::uint32_t first) const;
  Step follow(const Rule& rule, rules::Phase phase);
  Step follow_without_destination(const Rule& rule, rules::Phase phase);
  Step follow_continue(const Rule& rule, const patterns::Target& target);
  Step follow_check(const Rule& rule, patterns::Target target, rules::Phase phase);
  Step follow_to_the_end(const Rule& rule, patterns::Target target, rules::Phase phase);

  void collect(const Rule& rule, rules::Phase phase);
  Destination redirect(const Rule& rule, int status, const patterns::Target& target);
  Destination redirect_by_status(const Rule& rule, int status, const patterns::Target* target);
  Destination proxy(const Rule& rule, const patterns::Target& target);
  Destination error_page(const Rule& rule, int status);
  Destination too_costly(const Rule& rule) const;
  Destination endless(const Rule& rule) const;
  void explain(const Rule& rule, std::string_view what) const;

  const Project& project_;
  const RouteRequest& request_;
  Way& way_;
  Tables& tables_;
  const Tracer& tracer_;
  RuleTester tester_;
  std::string shown_parameters_;  ///< of the rule that is followed; for the trace only
};

}  // namespace localfn
