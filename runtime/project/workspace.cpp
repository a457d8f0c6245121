#include "runtime/project/workspace.h"

#include <fmt/format.h>
#include <unistd.h>

#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "runtime/project/api_paths.h"
#include "runtime/project/assembly.h"
#include "runtime/project/builds_table.h"
#include "runtime/project/folder.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

std::string canonical_root(const std::filesystem::path& root) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(root, error);
  if (!error && !std::filesystem::is_directory(real, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) {
    throw UsageError(
        fmt::format("cannot read project folder {}: {}", in_quotes(root.string()), error.message()));
  }
  return real.string();
}

/// Whether the coming or going of this file can change what an import finds. Nothing below public/
/// is imported by anyone.
bool is_importable(const std::string& path) {
  if (is_at_or_below(path, "public")) return false;
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return false;
  const std::string_view suffix = std::string_view(path).substr(dot);
  return suffix == ".py" || suffix == ".so" || suffix == ".pth";
}

bool any_importable(const std::set<std::string>& paths) {
  for (const std::string& path : paths) {
    if (is_importable(path)) return true;
  }
  return false;
}

Folder open_folder(const WorkspaceOptions& options, const FixedInputs& inputs) {
  const auto mode = options.poll ? Folder::Mode::Polling : Folder::Mode::Watching;
  try {
    return {canonical_root(options.root), inputs.env_files, mode};
  } catch (const std::system_error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

/// All behind one lock: the requests' threads take turns at the one system call that tells whether
/// anything has changed, and whoever finds a change makes the new Project while the others wait for
/// it; none may be served by the old one.
class Workspace::State {
 public:
  State(const WorkspaceOptions& options, EntryScanner scan)
      : inputs_(fixed_inputs(options)), folder_(open_folder(options, inputs_)),
        scan_(std::move(scan)) {
    rebuild();
  }

  std::shared_ptr<const Project> current() {
    const std::lock_guard lock(mutex_);
    const FolderChanges changes = folder_.update();
    if (changes.empty() && unsettled_.empty()) return project_;
    note(changes);
    if (changes.lost) {
      show_lost();
    } else if (invalidate(changes)) {
      rebuild();
    }
    return project_;
  }

  const ChangeLog& changes() const { return log_; }
  int change_fd() const { return folder_.change_fd(); }

  std::vector<std::string> take_edits() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> edits(edits_.begin(), edits_.end());
    edits_.clear();
    came_.clear();
    return edits;
  }

 private:
  void note(const FolderChanges& changes);
  void note_edits(const FolderChanges& changes);
  bool invalidate(const FolderChanges& changes);
  bool shapes(const std::string& path) const;
  void scan_candidates_of(const Config& config);
  void scan_missing(const std::vector<std::string>& candidates);
  std::vector<wire::Entry> entries_of(const std::vector<std::string>& files);
  void rebuild();
  void show_lost();

  std::mutex mutex_;
  const FixedInputs inputs_;
  Folder folder_;
  const EntryScanner scan_;
  ChangeLog log_;
  Scans scans_;
  std::set<std::string> unsettled_;  ///< readable files that the scanner could not answer for
  std::set<std::string> edits_;
  std::set<std::string> came_;  ///< those of them that were not there before
  std::optional<std::string> bulk_redirects_;  ///< the file or folder that vercel.json names
  std::shared_ptr<const Project> project_;
  std::shared_ptr<const Project> good_;  ///< the last one without errors
};

/// Numbers the changes for instances, and keeps them for the terminal.
void Workspace::State::note(const FolderChanges& changes) {
  std::vector<std::string> paths;
  for (const auto* files : {&changes.edited, &changes.created, &changes.deleted}) {
    for (const std::string& path : *files) {
      paths.push_back(path[0] == '/' ? path : folder_.tree().absolute(path));
    }
  }
  note_edits(changes);
  for (const std::string& directory : changes.directories) {
    paths.push_back(folder_.tree().absolute(directory));
  }
  // An import looks through many places: a module that comes may hide another, one that goes may
  // uncover one.
  if (changes.afresh || any_importable(changes.created) || any_importable(changes.deleted)) {
    log_.everything_changed();
  } else {
    log_.changed(paths);
  }
}

// What editors write beside a file and take away again was never edited.
void Workspace::State::note_edits(const FolderChanges& changes) {
  edits_.insert(changes.edited.begin(), changes.edited.end());
  for (const std::string& path : changes.created) {
    if (edits_.insert(path).second) came_.insert(path);
  }
  for (const std::string& path : changes.deleted) {
    if (came_.erase(path) > 0) {
      edits_.erase(path);
    } else {
      edits_.insert(path);
    }
  }
}

/// Whether the content of the file is part of the Project.
bool Workspace::State::shapes(const std::string& path) const {
  if (shapes_project(path)) return true;
  return bulk_redirects_ && (bulk_redirects_->empty() || is_at_or_below(path, *bulk_redirects_));
}

/// Drops scans that no longer hold. Whether a new Project is needed.
bool Workspace::State::invalidate(const FolderChanges& changes) {
  bool needed = changes.afresh || !unsettled_.empty();
  if (changes.afresh) scans_.clear();
  for (const std::string& file : unsettled_) scans_.erase(file);
  for (const auto* files : {&changes.edited, &changes.created, &changes.deleted}) {
    for (const std::string& path : *files) {
      const bool scanned = scans_.erase(path) > 0;
      needed = needed || scanned || shapes(path);
    }
  }
  for (const std::string& path : changes.touched) {
    const auto scan = scans_.find(path);
    if (scan != scans_.end() && scan->second.entry.unreadable) {
      scans_.erase(scan);
      needed = true;
    }
    needed = needed || shapes(path);
  }
  for (const std::string& path : changes.created) {
    const auto file = folder_.files().find(path);
    needed = needed || (file != folder_.files().end() && file->second.listed);
  }
  // With errors, project_ shows the files of an earlier moment: any file may be the cause.
  for (const std::string& path : changes.deleted) {
    needed = needed || !project_->errors.empty() || project_->files.count(path) > 0;
  }
  return needed;
}

/// Asks the scanner for all candidates without an answer, in one go.
void Workspace::State::scan_candidates_of(const Config& config) {
  std::set<std::string> listed;
  for (const auto& [path, facts] : folder_.files()) {
    if (facts.listed) listed.insert(listed.end(), path);
  }
  scan_missing(config.builds.empty() ? scan_candidates(listed) : built_functions(config, listed));
}

void Workspace::State::scan_missing(const std::vector<std::string>& candidates) {
  std::vector<std::string> files, paths;
  for (const std::string& file : candidates) {
    if (scans_.count(file) > 0) continue;
    files.push_back(file);
    paths.push_back(folder_.tree().absolute(file));
  }
  if (files.empty()) return;
  std::vector<wire::Entry> entries = scan_(paths);
  for (std::size_t i = 0; i < files.size(); ++i) {
    wire::Entry entry;
    if (i < entries.size()) {
      entry = std::move(entries[i]);
    } else {
      entry.unreadable = true;
      entry.reason = "it could not be looked at";
    }
    // A file that we can read says nothing bad about itself: the scanner is to be asked again.
    if (entry.unreadable && ::access(paths[i].c_str(), R_OK) == 0) unsettled_.insert(files[i]);
    scans_[files[i]] = {std::move(entry), log_.last_change(paths[i])};
  }
}

std::vector<wire::Entry> Workspace::State::entries_of(const std::vector<std::string>& files) {
  scan_missing(files);
  std::vector<wire::Entry> entries;
  for (const std::string& file : files) entries.push_back(scans_.at(file).entry);
  return entries;
}

void Workspace::State::rebuild() {
  Config config = load_config(folder_);
  unsettled_.clear();
  scan_candidates_of(config);
  bulk_redirects_.reset();
  if (config.bulk_redirects) bulk_redirects_ = config.bulk_redirects->text;
  const EntryLookup look_up = [this](const auto& files) { return entries_of(files); };
  auto next = std::make_shared<Project>(
      assemble_project(folder_, inputs_, scans_, look_up, std::move(config), project_.get()));
  if (next->errors.empty()) {
    good_ = next;
  } else if (good_) {
    // Requests are answered with the problem; all else stays what it was when it last held.
    auto kept = std::make_shared<Project>(*good_);
    kept->errors = std::move(next->errors);
    kept->warnings = std::move(next->warnings);
    next = std::move(kept);
  }
  project_ = std::move(next);
}

void Workspace::State::show_lost() {
  if (project_->root == folder_.tree().root() && project_->errors.size() == 1 &&
      project_->errors[0].file == folder_.tree().root()) {
    return;
  }
  auto kept = std::make_shared<Project>(*project_);
  kept->errors = {{folder_.tree().root(), 0, 0, "cannot read the project folder: it is gone", {}, {}}};
  project_ = std::move(kept);
}

Workspace::Workspace(WorkspaceOptions options, EntryScanner scan)
    : state_(std::make_unique<State>(options, std::move(scan))) {}

Workspace::~Workspace() = default;

std::shared_ptr<const Project> Workspace::current() { return state_->current(); }
const ChangeLog& Workspace::changes() const { return state_->changes(); }
int Workspace::change_fd() const { return state_->change_fd(); }
std::vector<std::string> Workspace::take_edits() { return state_->take_edits(); }

}  // namespace localfn
