#include "runtime/project/tree.h"

#include <dirent.h>
#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <memory>

#include "runtime/project/text.h"

namespace localfn {
namespace {

/// A project whose links multiply (each directory linking to all others) is cut off here.
constexpr int kMostNestedLinks = 4;

bool is_below(const std::string& path, const std::string& root) {
  return root == "/" || path == root || path.compare(0, root.size() + 1, root + "/") == 0;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

std::string canonical(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? real.get() : std::string();
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string join_path(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : (directory + '/').append(name);
}

std::string parent_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// State of one walk: who is told, and the way down from the root.
struct Tree::Visit {
  TreeVisitor& visitor;
  std::vector<std::pair<dev_t, ino_t>> ancestors;
  int links = 0;  ///< of `ancestors`, how many were reached through a link
  bool listed = true;
  bool outside = false;
};

std::string Tree::absolute(const std::string& path) const {
  if (path.empty()) return root_;
  return root_ == "/" ? "/" + path : root_ + "/" + path;
}

void Tree::load_rules() {
  problems_.clear();
  built_in_ = built_in_ignores(exists(absolute("Cargo.toml")));
  all_ = built_in_;
  const TextFile ours = read_text_file(absolute(".vercelignore"));
  const TextFile old = read_text_file(absolute(".nowignore"));
  if (ours.bytes && old.bytes) {
    problems_.push_back(
        {".nowignore", 0, 0, "stands beside .vercelignore; delete .nowignore", {},
         "Error: [CONFLICTING_IGNORE_FILES] Cannot use both a `.vercelignore` and `.nowignore` file. "
         "Please delete the `.nowignore` file."});
  }
  for (const auto& [name, file] : {std::pair(".vercelignore", &ours), {".nowignore", &old}}) {
    if (file->bytes) all_.add(decode_text(*file->bytes));
    if (file->bytes || file->missing) continue;
    problems_.push_back({name, 0, 0, "cannot read it: " + file->reason, {}, {}});
  }
}

bool Tree::shapes_rules(const std::string& path) {
  if (path == ".vercelignore" || path == ".nowignore" || path == "Cargo.toml") return true;
  // A build tree is told by this file: build/ leaves the project or comes back with it.
  return path.compare(0, 6, "build/") == 0 && last_name(path) == "CMakeCache.txt";
}

bool Tree::is_cmake_tree(const std::string& path) const {
  if (path != "build") return false;
  const std::string build = absolute(path);
  if (exists(build + "/CMakeCache.txt")) return true;
  const Directory directory(::opendir(build.c_str()));
  if (!directory) return false;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (exists(build + "/" + entry->d_name + "/CMakeCache.txt")) return true;
  }
  return false;
}

bool Tree::skips_directory(const std::string& path) const {
  if (built_in_.ignores(path, true) && all_.ignores(path, true)) return true;
  return is_cmake_tree(path);
}

bool Tree::skips_file(const std::string& path) const {
  if (last_name(path).substr(0, 4) == ".env") return false;  // ignored ones matter all the same
  return built_in_.ignores(path, false) && all_.ignores(path, false);
}

bool Tree::parents_listed(const std::string& path) const {
  for (std::string parent = parent_path(path); !parent.empty(); parent = parent_path(parent)) {
    if (all_.ignores(parent, true)) return false;
  }
  return true;
}

/// Whether the link to a directory is followed: inside the project always, out of it only for
/// functions (nothing else out there would be served), and never up to where the project lies.
bool Tree::follows(const std::string& path) const {
  const std::string real = canonical(absolute(path));
  if (real.empty() || is_below(root_, real)) return false;
  return is_below(real, root_) || path.compare(0, 4, "api/") == 0;
}

Found Tree::examine(const std::string& path, FileFacts& facts) const {
  struct stat status{};
  const std::string full = absolute(path);
  if (::lstat(full.c_str(), &status) != 0) return Found::Nothing;
  facts.linked = S_ISLNK(status.st_mode);
  if (facts.linked && ::stat(full.c_str(), &status) != 0) {
    return skips_file(path) ? Found::Nothing : Found::Dangling;
  }
  if (S_ISDIR(status.st_mode)) {
    if (skips_directory(path)) return Found::Nothing;
    return facts.linked && !follows(path) ? Found::Nothing : Found::Directory;
  }
  if (!S_ISREG(status.st_mode) || skips_file(path)) return Found::Nothing;
  facts.listed = parents_listed(path) && !all_.ignores(path, false);
  facts.outside = !is_below(canonical(full), root_);
  return Found::File;
}

void Tree::walk(const std::string& directory, TreeVisitor& visitor) const {
  Visit state{visitor, {}, 0, true, false};
  state.listed = directory.empty() || (parents_listed(directory) && !all_.ignores(directory, true));
  state.outside = !is_below(canonical(absolute(directory)), root_);
  // The directories above count as ancestors too, or a link to one of them would be followed.
  for (std::string above = directory; !above.empty();) {
    above = parent_path(above);
    struct stat status{};
    if (::stat(absolute(above).c_str(), &status) == 0) {
      state.ancestors.emplace_back(status.st_dev, status.st_ino);
    }
  }
  struct stat status{};
  const bool linked = ::lstat(absolute(directory).c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (visitor.enter(directory, linked)) visit(directory, state);
}

void Tree::visit(const std::string& directory, Visit& state) const {
  const Directory open(::opendir(absolute(directory).c_str()));
  struct stat status{};
  if (!open || ::fstat(::dirfd(open.get()), &status) != 0) return;
  const std::pair<dev_t, ino_t> self(status.st_dev, status.st_ino);
  for (const auto& ancestor : state.ancestors) {
    if (ancestor == self) return;
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  state.ancestors.push_back(self);
  for (const std::string& name : names) visit_name(directory, name.c_str(), state);
  state.ancestors.pop_back();
}

void Tree::visit_name(const std::string& directory, const char* name, Visit& state) const {
  const std::string path = join_path(directory, name);
  const std::string full = absolute(path);
  struct stat status{};
  if (::lstat(full.c_str(), &status) != 0) return;  // gone again
  const bool linked = S_ISLNK(status.st_mode);
  if (linked && ::stat(full.c_str(), &status) != 0) {
    if (!skips_file(path)) state.visitor.dangling(path);
  } else if (S_ISDIR(status.st_mode)) {
    if (skips_directory(path)) return;
    if (linked && (state.links >= kMostNestedLinks || !follows(path))) return;
    Visit below{state.visitor, state.ancestors, state.links + (linked ? 1 : 0),
                state.listed && !all_.ignores(path, true), state.outside};
    if (linked) below.outside = !is_below(canonical(full), root_);
    if (state.visitor.enter(path, linked)) visit(path, below);
  } else if (S_ISREG(status.st_mode) && !skips_file(path)) {
    FileFacts facts{state.listed && !all_.ignores(path, false), linked, state.outside};
    if (linked) facts.outside = !is_below(canonical(full), root_);
    state.visitor.file(path, facts);
  }
}

}  // namespace localfn
