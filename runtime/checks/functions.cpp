// Files of api/, and the app of a framework project.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <variant>

#include "runtime/base/ascii.h"
#include "runtime/checks/check.h"
#include "runtime/project/functions_table.h"
#include "runtime/routing/route.h"

namespace localfn::checks {
namespace {

// A deployment of the plan Hobby; Pro has no such limit.
constexpr std::size_t kHobbyFunctions = 12;

void check_syntax(const Input& input, Findings& findings) {
  for (const auto& [file, entry] : input.sources.files()) {
    if (entry.syntax_error) {
      findings.push_back(finding("syntax-error", {file, static_cast<int>(entry.line), 0},
                                 entry.reason, "correct it: the file cannot be imported"));
    } else if (entry.unreadable) {
      findings.push_back(finding("syntax-error", {file, 0, 0}, entry.reason));
    }
  }
}

/// What does not return before the function can take a request.
void check_endless(const Input& input, Findings& findings) {
  for (const std::string& file : imported_at_once(input.project, input.sources)) {
    for (const auto& seen : input.sources.seen_in(file)) {
      if (seen.kind != "endless") continue;
      findings.push_back(finding(
          "endless-import", {file, static_cast<int>(seen.line), static_cast<int>(seen.column)},
          fmt::format("{} does not return, so the import of the file never ends, and every request "
                      "is answered 504",
                      seen.text),
          "put it under `if __name__ == \"__main__\":`, for runs by hand; on Vercel only requests "
          "make a function run"));
    }
  }
}

/// Near misses that nobody imports: a module beside the functions is no mistake.
void check_near_misses(const Input& input, Findings& findings) {
  for (const auto& [path, other] : input.project.not_functions) {
    const bool near = other.line > 0 && !other.syntax_error;
    if (!near || input.sources.is_imported(other.file)) continue;
    findings.push_back(finding(
        "not-a-function", {other.file, other.line, 0},
        fmt::format("/{} answers 404: {}", path, other.reason),
        "write it as one of those; a module that is only imported is better called _NAME.py"));
  }
}

/// With `builds` a file of api/ is a function only if they name it, whatever it defines.
void check_unbuilt(const Input& input, Findings& findings) {
  const Project& project = input.project;
  if (project.mode != ProjectMode::Builds) return;
  for (const std::string& file : scan_candidates(project.files)) {
    const auto looked_at = input.sources.files().find(file);
    if (looked_at == input.sources.files().end() || !looked_at->second.found) continue;
    const bool built = project.functions.contains(file) || project.static_files.contains(file);
    if (built || input.sources.is_imported(file)) continue;
    Finding found =
        finding("not-a-function", {file, static_cast<int>(looked_at->second.line), 0},
                fmt::format("{} is not in `builds` of vercel.json, and only what they name is "
                            "built: it is no function and answers 404",
                            file),
                "add a build of it with \"use\": \"@vercel/python\", or take the file out of api/");
    found.severity = Severity::Warning;  // it may be meant
    findings.push_back(std::move(found));
  }
}

/// Whether a path of more segments reaches a function as well, by a rewrite or a route.
bool reaches_deeper(const Project& project, const std::string& path) {
  const std::string deeper = "/" + path + "/x";
  RouteRequest request;
  request.method = "GET";
  request.path = deeper;
  request.headers = "Host: localhost\r\n";
  const Route route = localfn::route(project, request, nullptr);
  return std::holds_alternative<FunctionRoute>(route.destination);
}

/// "...slug" and "[...slug]" → "slug"; nothing for what looks like no catch-all.
std::optional<std::string> catch_all_name(std::string_view parameter) {
  if (parameter.starts_with('[') && parameter.ends_with(']')) {
    parameter = parameter.substr(1, parameter.size() - 2);
  }
  if (!parameter.starts_with("...")) return std::nullopt;
  return parameter.size() > 3 ? std::string(parameter.substr(3)) : "all";
}

/// "api/[user-id]/" → "api/:user_id/": a folder as a rule in vercel.json names it.
std::string as_pattern(const std::string& folder) {
  std::string pattern;
  bool inside = false;
  for (const char c : folder) {
    if (!inside && c == '[') {
      inside = true;
      pattern += ':';
    } else if (inside && c == ']') {
      inside = false;
    } else {
      pattern += inside && std::isalnum(static_cast<unsigned char>(c)) == 0 ? '_' : c;
    }
  }
  return pattern;
}

/// "[...slug]", as Next.js writes a catch-all, is a segment like "[slug]" here.
void check_catch_all(const Input& input, Findings& findings) {
  if (!input.project.errors.empty()) return;  // then there are no rules to ask
  for (const DynamicRoute& route : input.project.dynamic_routes) {
    const std::string& parameter = route.segments.back().parameter;
    const std::string& file = route.function->file;
    const std::string folder = folder_of(file);
    const auto name = catch_all_name(parameter);
    if (!name || reaches_deeper(input.project, folder + "x")) continue;
    const std::string pattern = as_pattern(folder);
    findings.push_back(
        finding("catch-all", {file, 0, 0},
                fmt::format("[{}] takes one segment only: /{}x reaches it, /{}x/y does not",
                            parameter, pattern, pattern),
                fmt::format("name it {}{}.py, and rewrite `/{}(.*)` to `/{}{}` in vercel.json",
                            folder, *name, pattern, pattern, *name)));
  }
}

/// API/ and Api/ are folders like any other.
void check_folder(const Input& input, Findings& findings) {
  std::string said;
  for (const std::string& file : input.project.files) {
    const std::string folder = file.substr(0, file.find('/'));
    if (folder == "api" || !equal_ignoring_case(folder, "api") || folder == said) continue;
    if (!file.ends_with(".py")) continue;
    said = folder;
    findings.push_back(finding("not-a-function", {file, 0, 0},
                               fmt::format("functions are the files of api/, in small letters; {}/ "
                                           "is a folder like any other",
                                           folder),
                               fmt::format("rename {}/ to api/", folder)));
  }
}

void check_count(const Input& input, Findings& findings) {
  if (input.plan != Plan::Hobby || input.project.mode == ProjectMode::Framework) return;
  std::vector<std::string> files;
  for (const auto& [path, function] : input.project.functions) files.push_back(function->file);
  for (const auto& [path, other] : input.project.not_functions) {
    if (other.other_language) files.push_back(other.file);
  }
  if (files.size() <= kHobbyFunctions) return;
  std::sort(files.begin(), files.end());
  findings.push_back(finding(
      "too-many-functions", {files[kHobbyFunctions], 0, 0},
      fmt::format("the project has {} functions, and a deployment of the plan Hobby at most {}: it "
                  "is refused",
                  files.size(), kHobbyFunctions),
      "answer several paths with one function (a dynamic segment, a rewrite, an app), name modules "
      "_NAME.py, or check with --plan pro"));
}

void check_app(const Input& input, Findings& findings) {
  if (!input.project.framework) return;
  const FrameworkApp& app = *input.project.framework;
  const Place because = read_place(app.because_of);
  if (!app.has_manifest) {
    findings.push_back(finding(
        "app-entry", because,
        fmt::format(
            "the {} app is never served: the project has no requirements.txt, pyproject.toml "
            "or Pipfile in its root",
            app.slug),
        "add a requirements.txt"));
  } else if (!app.problem.empty()) {
    std::string fix;
    for (const std::string& hint : app.hints) fix += (fix.empty() ? "" : "; ") + hint;
    Finding found =
        finding("app-entry", because,
                fmt::format("the {} app has no entry point, so the deployment fails", app.slug),
                fix.empty() ? "define `app` at the top level of app.py" : fix);
    found.platform = app.problem;
    findings.push_back(std::move(found));
  }
}

}  // namespace

void check_functions(const Input& input, Findings& findings) {
  check_syntax(input, findings);
  check_endless(input, findings);
  check_near_misses(input, findings);
  check_unbuilt(input, findings);
  check_catch_all(input, findings);
  check_folder(input, findings);
  check_count(input, findings);
  check_app(input, findings);
}

}  // namespace localfn::checks
