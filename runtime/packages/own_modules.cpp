#include "runtime/packages/own_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

constexpr std::size_t kMostShown = 3;

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

std::string dotted(std::string path) {
  std::replace(path.begin(), path.end(), '/', '.');
  return path;
}

bool is_identifier(std::string_view word) {
  if (word.empty() || (word[0] >= '0' && word[0] <= '9')) return false;
  return std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c >= 0x80;
  });
}

/// Whether every part of "a/b/" can stand in an import.
bool is_importable(std::string_view folder) {
  while (!folder.empty()) {
    const auto end = folder.find('/');
    if (!is_identifier(folder.substr(0, end))) return false;
    folder.remove_prefix(end + 1);
  }
  return true;
}

bool is_module(const Project& project, const std::string& path) {
  return project.files.contains(path + ".py") || project.files.contains(path + "/__init__.py");
}

/// Whether the folder has Python in it: it can be imported as a package without __init__.py.
bool has_python(const Project& project, const std::string& folder) {
  for (auto file = project.files.lower_bound(folder + "/"); file != project.files.end(); ++file) {
    if (!file->starts_with(folder + "/")) return false;
    if (file->ends_with(".py")) return true;
  }
  return false;
}

/// Whether the import asks for a module in the folder ("api/routes"), which needs no __init__.py:
/// one that has only its name may be meant for a package.
bool is_meant(const Project& project, const std::string& folder, const std::string& source) {
  const bool names_follow = source.ends_with('(');
  for (auto file = project.files.lower_bound(folder + "/"); file != project.files.end(); ++file) {
    if (!file->starts_with(folder + "/")) return false;
    const std::string_view rest = std::string_view(*file).substr(folder.size() + 1);
    const std::string_view name = rest.substr(0, rest.find_first_of("/."));
    const bool named = names_follow || (!name.empty() && has_word(source, name));
    if (named && file->ends_with(".py")) return true;
  }
  return false;
}

/// The import that finds `name` in `folder` ("api/shop/"), in the form of the line that failed.
std::string import_of(const std::string& folder, const std::string& name,
                      const std::string& source) {
  const std::string package = dotted(folder.substr(0, folder.size() - 1));
  // `import routes.users`: the folder alone would come without the module in it.
  const std::string start = "import ";
  if (source.starts_with(start + name + ".")) {
    const auto end = source.find_first_of(" ,;#", start.size());
    const std::string module = source.substr(start.size(), end - start.size());
    const auto last = module.rfind('.');
    return fmt::format("from {}.{} import {}", package, module.substr(0, last),
                       module.substr(last + 1));
  }
  return source.starts_with("from ") ? fmt::format("from {}.{} import …", package, name)
                                     : fmt::format("from {} import {}", package, name);
}

/// Files and folders of the project that are modules of that name, the function's own folder first.
std::vector<std::string> folders_with(const std::string& name, const std::string& source,
                                      const Function& function, const Project& project) {
  std::vector<std::string> found;
  for (const std::string& folder : {folder_of(function.file), std::string("api/")}) {
    const std::string path = folder + name;
    const bool there =
        !folder.empty() && (is_module(project, path) || is_meant(project, path, source));
    if (there && (found.empty() || found.back() != folder)) found.push_back(folder);
  }
  if (!found.empty()) return found;
  for (const std::string& file : project.files) {
    const std::string folder = folder_of(file);
    const bool plain = file == folder + name + ".py";
    const std::string package = name + "/__init__.py";
    const bool is_package = file.ends_with("/" + package);
    if (!plain && !is_package) continue;
    found.push_back(plain ? folder : file.substr(0, file.size() - package.size()));
  }
  std::erase(found, "");  // at the root it would have been found
  return found;
}

std::string elsewhere(const MissingModule& missing, const std::string& name,
                      const Function& function, const Project& project) {
  const auto folders = folders_with(name, missing.source, function, project);
  if (folders.empty() || folders.size() > kMostShown) return {};
  const std::string& folder = folders.front();
  const bool plain = project.files.contains(folder + name + ".py");
  const std::string place = folder + name + (plain ? ".py" : "/");
  if (!is_importable(folder)) {
    return fmt::format("`{}` is {} of the project, in a folder whose name no import can have: "
                       "rename the folder, or move the file", name, place);
  }
  return fmt::format("`{}` is there, but imports start at the project's root, here and on Vercel: `{}`",
                     place, import_of(folder, name, missing.source));
}

/// Another way to write the same: `Helpers` for helpers.py, `helprs` for helpers.py.
std::string alike(const std::string& name, const Project& project) {
  std::set<std::string> modules;
  for (const std::string& file : project.files) {
    const auto slash = file.find('/');
    if (!file.ends_with(".py")) continue;
    modules.insert(slash == std::string::npos ? file.substr(0, file.size() - 3)
                                              : file.substr(0, slash));
  }
  modules.erase("api");
  for (const std::string& module : modules) {
    if (equal_ignoring_case(module, name)) return module;
  }
  // Short names are near to everything.
  return name.size() < 5 ? std::string() : nearest(name, modules);
}

/// Whether the file's own statements were running: "  api/index.py:1  <module>". Python has words for
/// that, but not where the file is the function's own, which no import statement has begun.
bool is_being_imported(const std::string& file, const wire::Failure& failure) {
  if (failure.error.find("partially initialized") != std::string::npos) return true;
  const std::string_view trace = failure.traceback;
  const std::string frame = "\n  " + file + ":";
  for (auto at = trace.find(frame); at != std::string_view::npos; at = trace.find(frame, at + 1)) {
    const std::string_view rest = trace.substr(at + frame.size());
    if (rest.substr(0, rest.find('\n')).ends_with("  <module>")) return true;
  }
  return false;
}

/// Whether the file, run to its end, may have what `cannot import name 'app' from …` misses.
bool may_have_name(const std::string& path, const std::string& error) {
  const auto text = read_text_file(path).bytes;
  const std::size_t begin = error.find('\'') + 1;
  const std::string name = error.substr(begin, error.find('\'', begin) - begin);
  return !text || has_word(*text, name) || text->find("import *") != std::string::npos;
}

}  // namespace

bool has_word(std::string_view line, std::string_view word) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_part(line[at - 1])) && (end == line.size() || !is_part(line[end]))) {
      return true;
    }
  }
  return false;
}

std::string own_module_advice(const MissingModule& missing, const Function& function,
                              const Project& project) {
  const std::string& module = missing.name;
  const std::string name = module.substr(0, module.find('.'));
  if (is_module(project, name) || has_python(project, name)) {
    if (module == name) {
      return fmt::format("`{}` is in the project's root, so the root is not on `sys.path` at that "
                         "moment: does the code change it?", name);
    }
    return fmt::format("`{}` is part of the project, but `{}` is not in it: check its spelling. If a "
                       "module of Python or of a package is meant, rename {}, which hides it", name,
                       module, is_module(project, name) ? name + ".py" : name + "/");
  }
  if (std::string found = elsewhere(missing, name, function, project); !found.empty()) return found;
  if (const std::string other = alike(name, project); !other.empty()) {
    return fmt::format("the project has no `{}`; do you mean `{}`?", name, other);
  }
  return {};
}

std::string missing_name_advice(const wire::Failure& failure, const Project& project) {
  const std::string& error = failure.error;
  const std::string root = project.root.string() + "/";
  const std::size_t at = error.find("(" + root);
  if (at == std::string::npos || !error.ends_with(')')) return {};
  const std::size_t begin = at + 1 + root.size();
  const std::string file = error.substr(begin, error.size() - 1 - begin);
  if (!project.files.contains(file)) return {};
  if (is_being_imported(file, failure) && may_have_name(root + file, error)) {
    return fmt::format("`{}` is still being imported at that moment: it imports what imports it. If a "
                       "package of that name is meant, rename the file, which hides it", file);
  }
  return fmt::format("that is {} of the project, and the name is not in it: check its spelling. If a "
                     "package is meant, rename the file, which hides it", file);
}

}  // namespace localfn::packages
