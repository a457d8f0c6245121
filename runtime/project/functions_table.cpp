#include "runtime/project/functions_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/project/api_paths.h"
#include "runtime/project/builds_table.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

bool same(const Function& a, const Function& b) {
  return a.file == b.file && a.path == b.path && a.variable == b.variable && a.line == b.line &&
         a.max_duration == b.max_duration && a.memory == b.memory && a.imports == b.imports &&
         a.excluded == b.excluded;
}

/// The function in `before` when it is the same: who holds it need not notice a new Project.
std::shared_ptr<const Function> shared(Function function, const Project* before) {
  if (before != nullptr) {
    const auto* app = before->framework ? before->framework->function.get() : nullptr;
    if (app != nullptr && same(*app, function)) return before->framework->function;
    const auto old = before->functions.find(function.path);
    if (old != before->functions.end() && same(*old->second, function)) return old->second;
  }
  return std::make_shared<const Function>(std::move(function));
}

NotAFunction not_a_function(const std::string& file, const ScannedFile* scan) {
  if (scan == nullptr) return {file, 0, "it has not been looked at", false, 0};
  return {file, static_cast<int>(scan->entry.line), scan->entry.reason, scan->entry.syntax_error,
          scan->change};
}

NotAFunction foreign_function(const std::string& file, std::string_view runtime) {
  NotAFunction foreign{file, 0, "it is not Python, and localfn runs nothing else", false, 0};
  if (!runtime.empty()) {
    foreign.reason = fmt::format("its runtime {} is not run here: localfn runs .py files only",
                                 in_quotes(runtime));
  }
  foreign.other_language = true;
  return foreign;
}

void warn_of_foreign(const std::vector<std::string>& foreign, Project& project) {
  if (foreign.empty()) return;
  project.warnings.push_back(fmt::format(
      "{}{} not run: localfn runs Python functions only", printable(foreign.front()),
      foreign.size() == 1 ? " is" : fmt::format(" and {} more are", foreign.size() - 1)));
}

void fill_dynamic_routes(Project& project) {
  for (const auto& [path, function] : project.functions) {
    if (auto route = dynamic_route(function)) project.dynamic_routes.push_back(std::move(*route));
  }
  std::sort(project.dynamic_routes.begin(), project.dynamic_routes.end(),
            [](const DynamicRoute& a, const DynamicRoute& b) {
              return comes_before(a.function->file, b.function->file);
            });
}

}  // namespace

std::shared_ptr<const Function> make_function(const std::string& file, std::string path,
                                              const wire::Entry& entry, const Config& config,
                                              std::chrono::seconds default_limit,
                                              const Project* before) {
  Function function;
  function.file = file;
  function.path = std::move(path);
  function.variable = entry.variable;
  function.line = static_cast<int>(entry.line);
  function.imports = entry.imports;
  const Config::FunctionSettings* settings = config.settings_for(file);
  const bool limited = settings != nullptr && settings->max_duration.has_value();
  function.max_duration = limited ? std::chrono::seconds(*settings->max_duration) : default_limit;
  if (settings != nullptr) function.memory = settings->memory;
  if (settings != nullptr) function.excluded = settings->excluded;
  if (const auto* build = build_of(config, file)) function.excluded = build->excluded;
  return shared(std::move(function), before);
}

std::vector<std::string> scan_candidates(const std::set<std::string>& files) {
  std::vector<std::string> candidates;
  for (auto file = files.lower_bound("api/"); file != files.end(); ++file) {
    if (file->compare(0, 4, "api/") != 0) break;
    if (api_kind(*file) == ApiKind::Python) candidates.push_back(*file);
  }
  return candidates;
}

std::vector<std::string> fill_functions(Project& project, const Config& config, const Scans& scans,
                                        std::chrono::seconds default_limit, const Project* before) {
  std::vector<std::string> files, foreign;
  for (const std::string& file : project.files) {
    const std::string_view runtime = file.starts_with("api/") ? config.runtime_for(file) : "";
    const ApiKind kind = api_kind(file, !runtime.empty());
    if (kind == ApiKind::Foreign) {
      foreign.push_back(file);
      project.not_functions.emplace(served_path(file), foreign_function(file, runtime));
    }
    if (kind != ApiKind::Python) continue;
    const auto scan = scans.find(file);
    if (scan == scans.end() || !scan->second.entry.found) {
      project.not_functions.insert_or_assign(
          served_path(file), not_a_function(file, scan == scans.end() ? nullptr : &scan->second));
      continue;
    }
    files.push_back(file);
    auto function = make_function(file, served_path(file), scan->second.entry, config,
                                  default_limit, before);
    project.functions.emplace(function->path, std::move(function));
  }
  fill_dynamic_routes(project);
  warn_of_foreign(foreign, project);
  files.insert(files.end(), foreign.begin(), foreign.end());
  project.has_functions = !files.empty();
  const std::vector<std::string> all(project.files.begin(), project.files.end());
  for (Diagnostic& problem : find_conflicts(files, all)) {
    project.errors.push_back(std::move(problem));
  }
  return files;
}

}  // namespace localfn
