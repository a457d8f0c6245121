// What the kernel's events mean: each only says which name to look at; the disk says what is there.
#include <sys/inotify.h>

#include "runtime/project/folder.h"

namespace localfn {
namespace {

constexpr std::uint32_t kContent = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO |
                                   IN_MOVED_FROM | IN_DELETE;
constexpr std::uint32_t kNames = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                 IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

void Folder::read_events(FolderChanges& changes) {
  std::vector<WatchEvent> events;
  if (watcher_->read(events) == Watcher::Health::Lost) return restart(changes);
  if (events.empty()) return;
  std::set<std::string> directories;
  std::map<std::string, bool> files;  // path → whether its content may have changed
  bool rules = false;
  for (const WatchEvent& event : events) sort_event(event, directories, files, changes, rules);
  if (rules) return restart(changes);
  std::string done = "/";  // no path: nothing is below it
  for (const std::string& directory : directories) {
    if (is_at_or_below(directory, done)) continue;
    rescan(directory, changes);
    done = directory;
  }
  for (const auto& [path, content] : files) {
    if (mode_ == Mode::Watching) examine(path, content, changes);
  }
  // A new directory may have brought a file that shapes the rules.
  for (const auto* names : {&changes.created, &changes.deleted}) {
    for (const std::string& path : *names) rules = rules || Tree::shapes_rules(path);
  }
  if (rules) restart(changes);
}

/// What an event means is read from the disk later; here only what has to be looked at.
void Folder::sort_event(const WatchEvent& event, std::set<std::string>& directories,
                        std::map<std::string, bool>& files, FolderChanges& changes, bool& rules) {
  if (event.name.empty()) {
    if (event.mask & kNames) directories.insert(event.directory);
    return;
  }
  const std::string path = join_path(event.directory, event.name);
  if (Tree::shapes_rules(path) && (event.mask & kContent)) rules = true;
  const bool is_directory = (event.mask & IN_ISDIR) != 0 || directories_.count(path) > 0;
  if (is_directory && (event.mask & kNames)) {
    directories.insert(path);
  } else if (is_directory) {
    // Permissions: what could not be listed perhaps can be.
    if (watcher_->watched(path).empty()) directories.insert(path);
  } else if (event.mask & kContent) {
    files[path] = true;
  } else {
    files.emplace(path, false);
    changes.touched.insert(path);
  }
}

/// Forgets everything below `directory`; returns the files that were known there.
FileMap Folder::forget(const std::string& directory, FolderChanges& changes) {
  FileMap known;
  const std::string prefix = directory + "/";
  for (auto at = files_.lower_bound(prefix);
       at != files_.end() && is_at_or_below(at->first, directory); at = files_.erase(at)) {
    known.insert(*at);
    links_.erase(at->first);
  }
  for (auto at = directories_.lower_bound(prefix);
       at != directories_.end() && is_at_or_below(*at, directory); at = directories_.erase(at)) {
    changes.directories.insert(*at);
    links_.erase(*at);
  }
  links_.erase(directory);
  watcher_->forget(directory);
  return known;
}

/// The directory came, went or was replaced: everything below is looked at anew.
void Folder::rescan(const std::string& directory, FolderChanges& changes) {
  if (mode_ == Mode::Polling) return;  // the watches ran out a moment ago: all has been walked
  const FileMap before = forget(directory, changes);
  if (files_.count(directory) > 0) remove_file(directory, changes);
  const bool was_there = directories_.erase(directory) > 0;
  FileFacts facts;
  const Found found = tree_.examine(directory, facts);
  if (found == Found::Directory) walk(directory);
  if (mode_ == Mode::Polling) changes.afresh = true;
  if (found == Found::File || found == Found::Dangling) examine(directory, true, changes);
  if (was_there || found == Found::Directory) {
    changes.directories.insert(directory);
    changes.directories.insert(parent_path(directory));
  }
  for (auto at = files_.lower_bound(directory + "/");
       at != files_.end() && is_at_or_below(at->first, directory); ++at) {
    (before.count(at->first) > 0 ? changes.edited : changes.created).insert(at->first);
  }
  for (const auto& [path, old] : before) {
    if (files_.count(path) == 0) changes.deleted.insert(path);
  }
}

/// Compares one name with what is known of it.
void Folder::examine(const std::string& path, bool content, FolderChanges& changes) {
  FileFacts facts;
  const Found found = tree_.examine(path, facts);
  const bool known = files_.count(path) > 0;
  if (found == Found::Directory) {
    if (directories_.count(path) == 0) rescan(path, changes);
    return;
  }
  links_.erase(path);
  if (found == Found::Dangling || (found == Found::File && facts.linked)) {
    links_[path] = Signature::of(tree_.absolute(path));
  }
  if (found != Found::File) {
    if (known) remove_file(path, changes);
    return;
  }
  files_[path] = facts;
  if (!known) {
    changes.created.insert(path);
    changes.directories.insert(parent_path(path));
  } else if (content) {
    changes.edited.insert(path);
  }
}

void Folder::remove_file(const std::string& path, FolderChanges& changes) {
  files_.erase(path);
  links_.erase(path);
  changes.deleted.insert(path);
  changes.directories.insert(parent_path(path));
}

}  // namespace localfn
