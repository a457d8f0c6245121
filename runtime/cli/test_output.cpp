#include "runtime/cli/test_output.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "runtime/probes/annotations.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

bool on_github(const TestOptions& options) {
  // Standard output belongs to whoever reads the JSON.
  return std::getenv("GITHUB_ACTIONS") != nullptr && !options.json && !options.tap;
}

/// As GitHub finds the file in the repository; what lies outside of it stays as it is.
std::string in_repository(const std::string& file) {
  const char* const workspace = std::getenv("GITHUB_WORKSPACE");
  if (workspace == nullptr || file.empty()) return file;
  const auto relative = std::filesystem::absolute(file).lexically_normal().lexically_relative(
      std::filesystem::path(workspace).lexically_normal());
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return inside ? relative.string() : file;
}

void print_annotations(std::vector<probes::Result> results) {
  for (auto& each : results) each.probe.file = in_repository(each.probe.file);
  fmt::print("{}", probes::to_annotations(results));
}

void write_junit(const std::string& path, const std::vector<probes::Result>& results) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << probes::to_junit(results);
  if (!file.flush()) throw std::runtime_error("cannot write " + in_quotes(path));
}

}  // namespace

void print_results(const TestOptions& options, const std::vector<probes::Result>& asked,
                   const std::vector<probes::Result>& all) {
  const std::string last = probes::summary(all) + "\n";
  if (options.json || options.tap) {
    fmt::print("{}", options.json ? probes::to_json(asked) : probes::to_tap(asked));
    fmt::print(stderr, "{}", last);
  } else {
    for (const auto& each : asked) fmt::print("{}", probes::to_text(each));
    if (on_github(options)) print_annotations(asked);
    fmt::print("{}", last);
  }
  std::fflush(stdout);
  if (!options.junit.empty()) write_junit(options.junit, all);
}

void print_problems(const TestOptions& options, std::vector<Diagnostic> problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem.format());
  if (!on_github(options)) return;
  for (auto& problem : problems) problem.file = in_repository(problem.file);
  fmt::print("{}", probes::to_annotations(problems));
}

}  // namespace localfn::cli
