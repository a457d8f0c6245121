// The application of a Django project: from manage.py to its settings to the module that they name.
//
// The platform runs manage.py for it; here the same places are read without running them, so what
// is computed there (`"config.settings." + stage`) is not followed.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/project/app_entry.h"
#include "runtime/project/text.h"
#include "runtime/project/tree.h"

namespace localfn {
namespace {

constexpr int kMostImports = 20;  // `from .base import *`, of all settings modules together

/// manage.py as far as it is one of Django's, and which settings it names.
struct Manage {
  std::string file;
  std::string folder;
  std::string settings;  ///< may be empty: it could not be made out
};

std::string fact(const wire::Entry& entry, std::string_view kind) {
  for (const auto& [name, text] : entry.facts) {
    if (name == kind) return text;
  }
  return {};
}

std::optional<Manage> find_manage(const AppSources& sources) {
  for (const std::string& folder : entry_folders(sources)) {
    const std::string file = join_path(folder, "manage.py");
    if (!sources.files.contains(file)) continue;
    const wire::Entry entry = sources.look_up({file}).front();
    Manage manage{file, folder, fact(entry, "settings")};
    const std::string otherwise = fact(entry, "default settings");
    if (manage.settings.empty() && otherwise.empty() && sources.settings_module.empty()) continue;
    if (manage.settings.empty()) manage.settings = sources.settings_module;
    if (manage.settings.empty()) manage.settings = otherwise;
    return manage;
  }
  return std::nullopt;
}

/// The package that a module's relative imports start from.
std::string package_of(const std::string& module, const std::string& file) {
  if (file.ends_with("/__init__.py")) return module;
  const std::size_t dot = module.rfind('.');
  return dot == std::string::npos ? std::string() : module.substr(0, dot);
}

/// "..base" seen from the package "config.settings" → "config.base".
std::string absolute_module(const std::string& written, std::string package) {
  const std::size_t dots = std::min(written.find_first_not_of('.'), written.size());
  if (dots == 0) return written;
  for (std::size_t up = 1; up < dots; ++up) {
    const std::size_t dot = package.rfind('.');
    package.erase(dot == std::string::npos ? 0 : dot);
  }
  const std::string name = written.substr(dots);
  if (package.empty() || name.empty()) return package + name;
  return package + "." + name;
}

/// WSGI_APPLICATION and ASGI_APPLICATION as the settings leave them.
class Settings {
 public:
  Settings(const AppSources& sources, std::string folder)
      : sources_(sources), folder_(std::move(folder)) {}

  bool read(const std::string& module) {
    const auto file = module_file(sources_.files, folder_, module);
    if (!file || ++read_ > kMostImports) return false;
    const wire::Entry entry = sources_.look_up({*file}).front();
    for (const auto& [kind, text] : entry.facts) {
      if (kind == "star") read(absolute_module(text, package_of(module, *file)));
      if (kind == "wsgi") wsgi_ = {text, *file};
      if (kind == "asgi") asgi_ = {text, *file};
    }
    return true;
  }

  struct Named {
    std::string application;  ///< "mysite.wsgi.application"
    std::string file;         ///< the settings that say so
  };
  const Named& application() const { return asgi_.application.empty() ? wsgi_ : asgi_; }
  const char* name() const {
    return asgi_.application.empty() ? "WSGI_APPLICATION" : "ASGI_APPLICATION";
  }

 private:
  const AppSources& sources_;
  const std::string folder_;
  int read_ = 0;
  Named wsgi_, asgi_;
};

}  // namespace

std::optional<AppEntry> find_django_entry(const AppSources& sources, std::string& folder,
                                          std::string& missed) {
  const auto manage = find_manage(sources);
  if (!manage) return std::nullopt;
  folder = manage->folder;
  Settings settings(sources, folder);
  if (!settings.read(manage->settings)) {
    missed = fmt::format("{} leads to the settings {}, and there is no such module in the project",
                         manage->file, in_quotes(manage->settings));
    return std::nullopt;
  }
  const auto& [application, said_in] = settings.application();
  const std::size_t dot = application.rfind('.');
  const auto file = dot == std::string::npos
                        ? std::nullopt
                        : module_file(sources.files, folder, application.substr(0, dot));
  if (!file) {
    missed = application.empty()
                 ? fmt::format("the settings {} set neither WSGI_APPLICATION nor ASGI_APPLICATION to "
                               "a string", in_quotes(manage->settings))
                 : fmt::format("{} of {} is {}, and there is no such module in the project",
                               settings.name(), said_in, in_quotes(application));
    return std::nullopt;
  }
  AppEntry found;
  found.file = *file;
  found.entry = sources.look_up({*file}).front();
  const std::string variable = application.substr(dot + 1);
  if (!found.entry.found || found.entry.variable != variable) found.entry.line = 0;
  found.entry.found = true;
  found.entry.variable = variable;
  found.folder = folder;
  found.chosen_by = fmt::format("{} of {}, by {}", settings.name(), said_in, manage->file);
  return found;
}

}  // namespace localfn
