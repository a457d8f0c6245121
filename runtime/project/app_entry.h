// Which file of a framework project is its app: the platform's search, without running any of it.
//
// The order of the specification's section 2: `[tool.vercel] entrypoint` of pyproject.toml; for
// Django the application that its settings name; the first of the usual names that defines an entry
// point; `[project.scripts] app`. Otherwise the platform's words for what it has seen. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/wire.h"

namespace localfn {

/// What a scan says of each of these files of the project, in their order.
using EntryLookup =
    std::function<std::vector<wire::Entry>(const std::vector<std::string>& files)>;

/// What the search looks at. Borrowed for its length.
struct AppSources {
  std::string slug;                    ///< "flask"
  const std::set<std::string>& files;  ///< of the project, relative
  std::string_view pyproject;          ///< text of pyproject.toml; empty: there is none
  std::string settings_module;         ///< DJANGO_SETTINGS_MODULE of the project's environment
  EntryLookup look_up;
};

/// The entry point, or why there is none: then `file` is empty and `problem` is not.
struct AppEntry {
  std::string file;
  wire::Entry entry;      ///< its variable and line; line 0: only at run time will it show
  std::string folder;     ///< where manage.py stands, for sys.path
  std::string chosen_by;
  std::string problem;    ///< the platform's words, with their code in brackets where it has one
  std::vector<std::string> hints;
};

AppEntry find_app_entry(const AppSources& sources);

// ---- the parts of the search -----------------------------------------------------------------

/// The file of a dotted module below `folder`: "pkg.mod" → "pkg/mod.py" or "pkg/mod/__init__.py".
std::optional<std::string> module_file(const std::set<std::string>& files,
                                       const std::string& folder, const std::string& module);

/// "pkg.mod:obj" → {"pkg.mod", "obj"}; nothing when it has not this form.
std::optional<std::pair<std::string, std::string>> module_and_object(std::string_view text);

/// {"", "src", "app", "api"}, for Django every direct folder instead.
std::vector<std::string> entry_folders(const AppSources& sources);
/// Each folder with each of the names app, index, server, main, wsgi, asgi.
std::vector<std::string> entry_names(const std::vector<std::string>& folders);

/// The application that manage.py and the settings lead to. Nothing when they lead nowhere; then
/// `missed` says where the trace ended, if there is a manage.py, and `folder` where it stands.
std::optional<AppEntry> find_django_entry(const AppSources& sources, std::string& folder,
                                          std::string& missed);

/// What is said when nothing was found. `present`: those of the usual names that exist.
AppEntry no_app_entry(const AppSources& sources, const std::vector<std::string>& present);

}  // namespace localfn
