// Any bytes as vercel.json and as a file of bulk redirects: no crash, every problem has a place, and
// what is handed to the router is what the schema promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/project/bulk_redirects.h"
#include "runtime/project/config.h"

namespace localfn {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

bool is_status(const std::optional<int>& status) {
  return !status || (*status >= 100 && *status <= 999);
}

void check_rules(const std::vector<rules::RuleSpec>& rules, std::size_t size) {
  std::size_t last = 0;
  for (const rules::RuleSpec& rule : rules) {
    require(rule.offset >= last && rule.offset < size);
    require(rule.source.offset >= rule.offset && rule.source.offset < size);
    require(is_status(rule.status));
    for (const auto* conditions : {&rule.has, &rule.missing}) {
      require(conditions->size() <= 2048);
      for (const rules::ConditionAt& item : *conditions) require(item.value_offset < size);
    }
    for (const rules::TransformSpec& item : rule.transforms) {
      const bool deletes = item.operation == rules::TransformSpec::Operation::Delete;
      require(deletes || !item.arguments.empty());
    }
    last = rule.offset;
  }
}

void check_problems(const std::vector<Diagnostic>& problems) {
  for (const Diagnostic& problem : problems) {
    require(!problem.message.empty() && problem.line >= 0 && problem.column >= 0);
    for (const char c : problem.format()) require(c == '\n' || c == '\t' || (c & 0xE0) != 0);
  }
}

void fuzz_config(const std::string& text) {
  const Config config = read_config(text, "/project/vercel.json");
  const rules::RoutingSpec& routing = config.routing;
  for (const auto* rules : {&routing.redirects, &routing.rewrites, &routing.headers, &routing.routes}) {
    check_rules(*rules, text.size());
  }
  for (const rules::RuleSpec& rule : routing.redirects) require(rule.status && rule.destination);
  for (const rules::RuleSpec& rule : routing.rewrites) require(rule.destination.has_value());
  if (config.output_directory) require(config.output_directory->text.substr(0, 2) != "..");
  require(config.errors.size() <= 60 && config.warnings.size() <= 120);
  check_problems(config.errors);
}

void fuzz_bulk(const std::string& text) {
  for (const char* name : {"r.json", "r.jsonl", "r.csv"}) {
    std::vector<rules::BulkRedirect> redirects;
    std::vector<Diagnostic> errors;
    parse_bulk_redirects(SourceText(name, text), redirects, errors);
    for (const auto& redirect : redirects) require(redirect.status >= 301 && redirect.status <= 308);
    check_problems(errors);
  }
}

}  // namespace
}  // namespace localfn

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  localfn::fuzz_config(text);
  localfn::fuzz_bulk(text);
  return 0;
}
