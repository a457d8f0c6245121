// Files that functions write, and files that they open where the platform does not have them.
//
// A deployment's files are read-only, and a relative path begins at the project's root.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "runtime/checks/check.h"

namespace localfn::checks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnknown = "…";

/// One use of a path in the code.
struct Use {
  std::string kind;     ///< "write", "folder", "database", "read"
  bool early = false;   ///< while the file is imported
  std::string written;  ///< as the code has it
  std::string call;
  std::string path;   ///< relative to the project, or absolute; up to what is unknown
  bool whole = true;  ///< nothing of it is unknown
};

std::optional<Use> use_of(const std::string& file, const wire::Observation& seen) {
  Use use;
  std::string_view kind = seen.kind;
  use.early = kind.starts_with("early ");
  if (use.early) kind.remove_prefix(6);
  if (kind != "write" && kind != "folder" && kind != "database" && kind != "read") return {};
  use.kind = std::string(kind);
  const auto line = seen.text.find('\n');
  if (line == std::string::npos) return {};
  use.written = seen.text.substr(0, line);
  use.call = seen.text.substr(line + 1);
  std::string path = use.written.substr(0, use.written.find(kUnknown));
  use.whole = path.size() == use.written.size();
  constexpr std::string_view kFile = "__file__";
  if (path.starts_with(kFile)) path = file + path.substr(kFile.size());
  if (path.find("://") != std::string::npos || path.starts_with("~")) return {};
  use.path = fs::path(path).lexically_normal().generic_string();
  if (use.path.ends_with('/') && use.path.size() > 1) use.path.pop_back();
  return use;
}

/// Where anybody may write, or what is no file at all.
bool is_writable(std::string_view path) {
  constexpr std::array<std::string_view, 3> kFolders = {"/tmp", "/dev", "/proc"};
  return std::any_of(kFolders.begin(), kFolders.end(), [&](std::string_view folder) {
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
  });
}

bool has_folder(const Project& project, const std::string& folder) {
  const auto below = project.files.lower_bound(folder + "/");
  return below != project.files.end() && below->starts_with(folder + "/");
}

bool is_there(const Project& project, const std::string& path) {
  return project.files.contains(path) || has_folder(project, path);
}

/// The path as people read it.
std::string shown(const Use& use) {
  return in_quotes(use.path + (use.whole ? "" : std::string(kUnknown)));
}

void look_at_write(const Input& input, const Use& use, const Place& place, Findings& findings) {
  if (is_writable(use.path)) return;
  const bool exists = use.whole && is_there(input.project, use.path);
  if (use.kind == "folder" && exists) return;
  const bool reads_too = use.kind == "database" && exists;
  // "tmp/x" is meant to be "/tmp/x".
  const bool no_slash = use.path.starts_with("tmp/");
  Finding found = finding(
      "write-outside-tmp", place,
      fmt::format("{} of {}: {}", use.call, shown(use),
                  reads_too
                      ? "the database can be read there, but every change fails, as files of a "
                        "deployment are read-only"
                      : "there only /tmp can be written, so this fails"),
      no_slash
          ? fmt::format("write \"/{}\", with the slash", use.path)
          : "write below tempfile.gettempdir(), which every instance has for itself; what must "
            "last belongs into a database or a store outside");
  if (use.early && !reads_too) found.severity = Severity::Error;
  findings.push_back(std::move(found));
}

bool has_public(std::string_view path) {
  return path == "public" || path.starts_with("public/") || path.ends_with("/public") ||
         path.find("/public/") != std::string_view::npos;
}

void look_at_read(const Input& input, const std::string& file, const Use& use, const Place& place,
                  Findings& findings) {
  const Project& project = input.project;
  if (use.path.starts_with('/') || use.path.starts_with("..")) return;
  // What is unknown stands for a name: the folder before it is known.
  const std::string known =
      use.whole ? use.path : use.path.substr(0, std::min(use.path.rfind('/'), use.path.size()));
  if (has_public(known) && is_there(project, known)) {
    findings.push_back(
        finding("public-not-bundled", place,
                fmt::format("{} of {}: files of public/ are served, but no function has them there",
                            use.call, shown(use)),
                "move what functions read out of public/, or ask for it by its address"));
    return;
  }
  if (!use.whole || is_there(project, use.path)) return;
  std::error_code ignored;
  const std::string beside = folder_of(file) + use.path;
  if (fs::exists(project.root / use.path, ignored)) {
    // A folder may be there and empty.
    if (!fs::is_regular_file(project.root / use.path, ignored)) return;
    findings.push_back(finding(
        "not-uploaded", place,
        fmt::format("{} of {}: the file is here, but left out of what is uploaded", use.call,
                    shown(use)),
        "take it out of .vercelignore, or move it out of a folder that is always left out"));
  } else if (beside != use.path && project.files.contains(beside)) {
    findings.push_back(finding(
        "misplaced-file", place,
        fmt::format("{} of {}: relative paths begin at the project's root, and the file is {}",
                    use.call, shown(use), beside),
        fmt::format("open {}, or Path(__file__).parent / {}", in_quotes(beside),
                    in_quotes(use.path))));
  }
}

Place place_of(const std::string& file, const wire::Observation& seen) {
  return {file, static_cast<int>(seen.line), static_cast<int>(seen.column)};
}

/// Imports of modules of public/. What a guarded import brings may be missing, its names as well.
void look_at_imports(const Input& input, const std::string& file, Findings& findings) {
  if (has_public(folder_of(file))) return;  // whoever imports this one is told
  std::set<std::pair<std::uint32_t, std::uint32_t>> said;
  for (const auto& seen : input.sources.seen_in(file)) {
    if (seen.kind == "guarded import") said.emplace(seen.line, seen.column);
    for (const std::string& module : files_of_import(input.project, file, seen)) {
      if (!has_public(module) || !said.emplace(seen.line, seen.column).second) continue;
      findings.push_back(
          finding("public-not-bundled", place_of(file, seen),
                  fmt::format("the import of {}: files of public/ are served, but no function has "
                              "them there, so it is a ModuleNotFoundError",
                              module),
                  "move what functions import out of public/"));
    }
  }
}

}  // namespace

void check_paths(const Input& input, Findings& findings) {
  for (const std::string& file : input.sources.reached()) {
    look_at_imports(input, file, findings);
    for (const auto& seen : input.sources.seen_in(file)) {
      const auto use = use_of(file, seen);
      if (!use) continue;
      const Place place = place_of(file, seen);
      if (use->kind == "read") {
        look_at_read(input, file, *use, place, findings);
      } else {
        look_at_write(input, *use, place, findings);
      }
    }
  }
}

}  // namespace localfn::checks
