// A project as it is at one moment: its files, functions, configuration and environment.
//
// An immutable value, made by Workspace and shared by every thread that serves a request. A change
// of any file that matters makes a new Project; requests under way keep the one they began with.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/rules/route_table.h"

namespace localfn {

/// One file of api/ that defines an entry point.
struct Function {
  std::string file;      ///< relative to the project: "api/users/[id].py". Identifies the function.
  std::string path;      ///< served path without leading slash: "api/users/[id]"
  std::string variable;  ///< entry point: "handler", "app", …
  int line = 0;          ///< where the entry point is defined
  std::chrono::seconds max_duration{300};
  std::optional<int> memory;  ///< MB, as vercel.json says; nothing: the platform's default
  std::vector<std::string> imports = {};  ///< outermost names that are not of the standard library
  std::string excluded = {};  ///< a glob: the files that its bundle leaves out; empty: none
};

/// A file of api/ that is requested like a function but is none, or none that localfn runs.
struct NotAFunction {
  std::string file;
  int line = 0;
  std::string reason;        ///< what is there, and what to write instead
  bool syntax_error = false;
  std::uint64_t change = 0;  ///< ChangeLog number of the file's last edit: say it once per change
  bool other_language = false;  ///< a function on the platform
};

/// A served path made of dynamic segments: "api/users/[id]" matches /api/users/42 with id=42.
struct DynamicRoute {
  std::shared_ptr<const Function> function;
  /// Segments of the path in order; a dynamic one has `parameter` set.
  struct Segment {
    std::string literal;
    std::string parameter;
  };
  std::vector<Segment> segments;
};

/// What one served path reaches: a function or a static file.
struct Served {
  std::shared_ptr<const Function> function;  ///< null: a static file
  std::string file;                          ///< of a static file, relative to the project
  bool withheld = false;  ///< a name the platform lists but answers with 404 (package.json, .env)
};

/// Lets a std::unordered_map be asked with a view, so that a request's path need not be copied.
struct PathHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view path) const noexcept {
    return std::hash<std::string_view>()(path);
  }
};
using ServedPaths = std::unordered_map<std::string, Served, PathHash, std::equal_to<>>;

using Environment = std::vector<std::pair<std::string, std::string>>;

/// How requests are answered (specification, section 0).
enum class ProjectMode {
  Functions,  ///< api/ and static files ("Other" on the platform)
  Builds,     ///< `builds` of vercel.json: only what they name is served
  Framework,  ///< one app answers whatever is no static file
};

/// The app of a framework project.
struct FrameworkApp {
  std::string slug;        ///< "flask", "fastapi", "django", "fasthtml", "python"
  std::string because_of;  ///< what decided: "vercel.json:3:5", "requirements.txt"
  /// requirements.txt, pyproject.toml or Pipfile is there. Without one the platform has nothing to
  /// build the app from: it is never served.
  bool has_manifest = true;
  /// What answers. Null: no entry point was found, and `problem` says why.
  std::shared_ptr<const Function> function = {};
  std::string chosen_by = {};  ///< why this file: "pyproject.toml:7: tool.vercel.entrypoint"
  std::string folder = {};     ///< also on sys.path: where manage.py stands; empty: the root alone
  /// What the platform's build says without an entry point: "[FLASK_ENTRYPOINT_NOT_FOUND] No Flask
  /// entrypoint found. …". May have several lines.
  std::string problem = {};
  std::vector<std::string> hints = {};  ///< what is nearly one, and what to write instead
};

struct Project {
  std::filesystem::path root;  ///< absolute, canonical

  std::set<std::string> files;  ///< every listed file, relative, with slashes

  std::map<std::string, std::shared_ptr<const Function>, std::less<>> functions;  ///< by served path
  std::vector<DynamicRoute> dynamic_routes;  ///< in the order they are tried
  std::map<std::string, NotAFunction, std::less<>> not_functions;  ///< by served path

  /// Where static files come from: "public/", outputDirectory or "" (the project's root). `static_files` maps the
  /// served path without leading slash ("index.html", "css/a.css") to the file, relative to root.
  std::string static_root;
  std::map<std::string, std::string, std::less<>> static_files;

  /// Every path without parameters that reaches something, in every form in which a request may
  /// write it ("api/hello", "api/hello/", "api/hello.py", "docs", "docs/"), without leading slash
  /// and percent-decoded. Made of the tables above; the router asks this one first.
  ServedPaths served;
  /// Served directories ("" = the root, "docs", "api") that have something in them: they can be
  /// listed. See routing/listing.h.
  std::set<std::string, std::less<>> directories;
  /// api/ has a function (of any language): then nothing else below api/ is served.
  bool has_functions = false;

  /// `fluid` of vercel.json: a request shares a running instance before another is started.
  bool fluid = false;

  ProjectMode mode = ProjectMode::Functions;
  std::optional<FrameworkApp> framework;  ///< set in mode Framework

  /// The rules of vercel.json; never null in a Project that Workspace made.
  std::shared_ptr<const rules::RouteTable> rules;

  /// What functions see, in order, complete, except VERCEL_URL (the server's address is not known
  /// here: the wiring adds it).
  Environment environment;
  std::uint64_t environment_version = 0;  ///< changes when `environment` or limits do
  std::string python;  ///< the version that functions run with: "3.11"; may be empty
  std::string venv;    ///< their virtual environment, absolute; empty: none

  std::vector<std::string> warnings;     ///< one line each, for the terminal
  std::vector<Diagnostic> errors;        ///< not empty: answer every request with the problem
};

}  // namespace localfn
