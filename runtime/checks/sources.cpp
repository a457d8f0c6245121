#include "runtime/checks/sources.h"

#include <algorithm>
#include <utility>

#include "runtime/project/functions_table.h"

namespace localfn::checks {
namespace {

// More than any project of functions has; each costs the zygote a parse.
constexpr std::size_t kMostFiles = 3000;

/// The files of a dotted module below `folder`: each package on the way, and the module itself.
void add_module(const Project& project, const std::string& folder, std::string_view module,
                std::set<std::string>& found) {
  std::string path = folder;
  while (!module.empty()) {
    const auto dot = std::min(module.find('.'), module.size());
    path.append(module.substr(0, dot));
    for (const char* end : {".py", "/__init__.py"}) {
      if (project.files.contains(path + end)) found.insert(path + end);
    }
    path += '/';
    module.remove_prefix(std::min(dot + 1, module.size()));
  }
}

/// Where a relative import begins: one dot is the file's own folder.
std::string base_of(std::string folder, std::size_t dots) {
  for (; dots > 1 && !folder.empty(); --dots) {
    folder.pop_back();
    folder = folder_of(folder);
  }
  return folder;
}

std::set<std::string> imports_of(const Project& project, const std::string& file,
                                 const wire::Entry& entry) {
  std::set<std::string> found;
  for (const auto& seen : entry.observations) found.merge(files_of_import(project, file, seen));
  found.erase(file);
  return found;
}

std::vector<std::string> entries_of(const Project& project) {
  std::vector<std::string> entries;
  for (const auto& [path, function] : project.functions) entries.push_back(function->file);
  if (project.framework && project.framework->function) {
    entries.push_back(project.framework->function->file);
  }
  return entries;
}

}  // namespace

Sources::Sources(const Project& project, const Inspect& inspect) : entries_(entries_of(project)) {
  std::vector<std::string> all = entries_;
  for (const auto& [path, other] : project.not_functions) {
    if (other.file.ends_with(".py")) all.push_back(other.file);
  }
  if (project.mode == ProjectMode::Builds) {
    for (const std::string& file : scan_candidates(project.files)) {
      if (!project.functions.contains(file)) all.push_back(file);
    }
  }
  inspect_all(project, std::move(all), inspect);
  for (const auto& [file, modules] : imports_) imported_.insert(modules.begin(), modules.end());
  for (const std::string& entry : entries_) {
    const auto reached = reached_from(entry);
    reached_.insert(reached.begin(), reached.end());
  }
}

void Sources::inspect_all(const Project& project, std::vector<std::string> waiting,
                          const Inspect& inspect) {
  while (!waiting.empty()) {
    std::vector<std::string> paths;
    for (const std::string& file : waiting) paths.push_back((project.root / file).string());
    std::vector<wire::Entry> entries = inspect(paths);
    entries.resize(paths.size());
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      imports_[waiting[i]] = imports_of(project, waiting[i], entries[i]);
      files_[waiting[i]] = std::move(entries[i]);
    }
    std::set<std::string> next;
    for (const std::string& file : waiting) {
      for (const std::string& module : imports_[file]) {
        if (!files_.contains(module) && files_.size() + next.size() < kMostFiles)
          next.insert(module);
      }
    }
    waiting.assign(next.begin(), next.end());
  }
}

const std::vector<wire::Observation>& Sources::seen_in(const std::string& file) const {
  static const std::vector<wire::Observation> kNothing;
  const auto found = files_.find(file);
  return found == files_.end() ? kNothing : found->second.observations;
}

std::set<std::string> Sources::reached_from(const std::string& file) const {
  std::set<std::string> reached{file};
  std::vector<std::string> waiting{file};
  while (!waiting.empty()) {
    const auto modules = imports_.find(waiting.back());
    waiting.pop_back();
    if (modules == imports_.end()) continue;
    for (const std::string& module : modules->second) {
      if (reached.insert(module).second) waiting.push_back(module);
    }
  }
  return reached;
}

std::string folder_of(const std::string& file) {
  const auto slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

bool has_module(const Project& project, const std::string& folder, const std::string& name) {
  if (project.files.contains(folder + name + ".py")) return true;
  const std::string below = folder + name + "/";
  for (auto file = project.files.lower_bound(below);
       file != project.files.end() && file->starts_with(below); ++file) {
    if (file->ends_with(".py")) return true;
  }
  return false;
}

std::set<std::string> files_of_import(const Project& project, const std::string& file,
                                      const wire::Observation& seen) {
  std::set<std::string> found;
  if (seen.kind != "name" && !seen.kind.ends_with("import")) return found;
  const std::string folder = folder_of(file);
  const std::size_t dots = std::min(seen.text.find_first_not_of('.'), seen.text.size());
  const std::string_view module = std::string_view(seen.text).substr(dots);
  if (dots > 0) {
    const std::string base = base_of(folder, dots);
    if (project.files.contains(base + "__init__.py")) found.insert(base + "__init__.py");
    add_module(project, base, module, found);
    return found;
  }
  add_module(project, "", module, found);
  if (project.framework && !project.framework->folder.empty()) {
    add_module(project, project.framework->folder + "/", module, found);
  }
  // Beside the file: not by right, but somebody may have changed sys.path.
  if (found.empty()) add_module(project, folder, module, found);
  return found;
}

namespace {

/// Whether the import finds the project's module, and not one that lies beside the file by chance.
bool is_from_root(const Project& project, const std::string& module) {
  const auto& app = project.framework;
  return module.starts_with('.') || has_module(project, "", outermost(module)) ||
         (app && !app->folder.empty() && has_module(project, app->folder + "/", outermost(module)));
}

}  // namespace

std::set<std::string> imported_at_once(const Project& project, const Sources& sources) {
  std::vector<std::string> waiting = sources.entries();
  std::set<std::string> found(waiting.begin(), waiting.end());
  while (!waiting.empty()) {
    const std::string file = std::move(waiting.back());
    waiting.pop_back();
    bool certain = false;
    for (const auto& seen : sources.seen_in(file)) {
      // The names of an import follow it.
      if (seen.kind.ends_with("import")) certain = seen.kind == "import";
      if (!certain || !is_from_root(project, seen.text)) continue;
      for (const std::string& next : files_of_import(project, file, seen)) {
        if (found.insert(next).second) waiting.push_back(next);
      }
    }
  }
  return found;
}

std::string outermost(const std::string& module) { return module.substr(0, module.find('.')); }

bool is_needed_import(const wire::Observation& seen) {
  return (seen.kind == "import" || seen.kind == "late import") && !seen.text.starts_with('.');
}

}  // namespace localfn::checks
