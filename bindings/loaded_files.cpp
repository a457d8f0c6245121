#include "bindings/loaded_files.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "bindings/audit.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr std::array<std::string_view, 4> kForeignFolders = {".venv", "venv", "node_modules",
                                                             "site-packages"};

std::string with_slash(std::string path) {
  if (path.empty() || path.back() != '/') path += '/';
  return path;
}

// realpath(), also for a file that does not exist (yet): then of its folder. Empty when that fails.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr),
                                                          &std::free);
  if (found) return found.get();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> folder(
      ::realpath(path.substr(0, slash).c_str(), nullptr), &std::free);
  return folder ? with_slash(folder.get()) + path.substr(slash + 1) : std::string();
}

// Relative paths are relative to where the process is at that moment.
std::string absolute(std::string_view path) {
  std::string text(path);
  if (text.empty() || text.front() != '/') {
    char here[PATH_MAX];
    if (::getcwd(here, sizeof here) == nullptr) return {};
    text = with_slash(here) + text;
  }
  text = std::filesystem::path(text).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

using audit::called_by_import_system;
using audit::is_for_reading;
using audit::path_argument;

}  // namespace

void LoadedFiles::set_root(const std::string& root) {
  root_ = with_slash(absolute(root));
  const std::string real = real_path(root);
  real_root_ = real.empty() ? root_ : with_slash(real);
}

bool LoadedFiles::in_project(const std::string& path) const {
  std::string_view inner;
  if (path.starts_with(root_)) {
    inner = std::string_view(path).substr(root_.size());
  } else if (path.starts_with(real_root_)) {
    inner = std::string_view(path).substr(real_root_.size());
  } else {
    return false;
  }
  while (!inner.empty()) {
    const auto part = inner.substr(0, inner.find('/'));
    for (const auto foreign : kForeignFolders) {
      if (part == foreign) return false;
    }
    inner.remove_prefix(std::min(inner.size(), part.size() + 1));
  }
  return true;
}

void LoadedFiles::add(std::vector<std::string>& list, std::unordered_set<std::string>& seen,
                      std::string path) {
  if (!seen.insert(path).second) return;
  std::string real = real_path(path);
  list.push_back(std::move(path));
  if (!real.empty() && seen.insert(real).second) list.push_back(std::move(real));
}

bool LoadedFiles::add_file(std::string_view path) {
  if (root_.empty() || path.find('\0') != std::string_view::npos) return false;
  std::string name = absolute(path);
  if (!in_project(name)) return false;
  add(fresh_.files, files_, std::move(name));
  return true;
}

void LoadedFiles::add_directory(std::string_view path) {
  if (root_.empty() || path.find('\0') != std::string_view::npos) return;
  std::string name = absolute(path);
  if (in_project(with_slash(name))) add(fresh_.directories, directories_, std::move(name));
}

void LoadedFiles::watch_opens() {
  watching_ = Watching::Everything;
  if (hooked_) return;
  if (PySys_AddAuditHook(&LoadedFiles::audit, this) != 0) throw py::error_already_set();
  hooked_ = true;
}

int LoadedFiles::audit(const char* event, PyObject* arguments, void* self) noexcept {
  auto& files = *static_cast<LoadedFiles*>(self);
  if (files.watching_ == Watching::Nothing) return 0;
  try {
    if (std::strcmp(event, "open") == 0) {
      files.opened(arguments);
    } else if (files.watching_ == Watching::Templates) {
      return 0;
    } else if (std::strcmp(event, "os.listdir") == 0 || std::strcmp(event, "os.scandir") == 0) {
      files.listed(arguments);
    }
  } catch (const std::exception&) {
    // Out of memory at worst: the open itself must not fail for our book-keeping.
  }
  return 0;
}

void LoadedFiles::opened(PyObject* arguments) {
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) != 3) return;
  if (PyTuple_GET_ITEM(arguments, 0) == Py_None) return;
  if (!is_for_reading(PyTuple_GET_ITEM(arguments, 1), PyTuple_GET_ITEM(arguments, 2))) return;
  const auto path = path_argument(PyTuple_GET_ITEM(arguments, 0));
  if (!path) return;
  const bool wanted = watching_ == Watching::Everything ||
                      path->find("/templates/") != std::string::npos ||
                      path->starts_with("templates/");
  if (wanted) add_file(*path);
}

void LoadedFiles::listed(PyObject* arguments) {
  if (!PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) < 1) return;
  // A new file beside the function must not condemn the instance because a finder fills its cache;
  // what an import looks for is recorded by name (bindings/python/loading.py).
  if (called_by_import_system()) return;
  if (const auto path = path_argument(PyTuple_GET_ITEM(arguments, 0))) add_directory(*path);
}

wire::Loaded LoadedFiles::take() { return std::exchange(fresh_, {}); }

}  // namespace localfn
