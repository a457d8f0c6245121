#include "runtime/project/folder.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/base/errors.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

UniqueFd make_epoll() {
  return UniqueFd(check(::epoll_create1(EPOLL_CLOEXEC), "wait for changes of the project"));
}

void add_to(const UniqueFd& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "wait for changes of the project");
}

/// Absolute paths of `others` stand as they are.
std::string full_path(const Tree& tree, const std::string& path) {
  return !path.empty() && path[0] == '/' ? path : tree.absolute(path);
}

}  // namespace

/// Takes down what a walk finds, and watches directories before they are listed: what appears in
/// between is then either listed or reported.
class Folder::Filler : public TreeVisitor {
 public:
  explicit Filler(Folder& folder) : folder_(folder) {}

  bool enter(const std::string& directory, bool linked) override {
    folder_.directories_.insert(directory);
    if (linked) note_link(directory);
    if (folder_.mode_ == Mode::Polling || exhausted_) return true;
    const std::string full = folder_.tree_.absolute(directory);
    if (!inotify_is_complete(full)) incomplete_ = full;
    exhausted_ = folder_.watcher_->watch(full, directory) == Watcher::Added::Exhausted;
    return true;
  }
  void file(const std::string& path, const FileFacts& facts) override {
    folder_.files_[path] = facts;
    if (folder_.mode_ == Mode::Polling) {
      folder_.polled_[path] = Signature::of(folder_.tree_.absolute(path));
    } else if (facts.linked) {
      note_link(path);
    }
  }
  void dangling(const std::string& path) override { note_link(path); }

  bool exhausted() const { return exhausted_; }
  const std::string& incomplete() const { return incomplete_; }

 private:
  void note_link(const std::string& path) {
    if (folder_.mode_ == Mode::Polling) return;  // every walk sees what the link shows
    folder_.links_[path] = Signature::of(folder_.tree_.absolute(path));
  }

  Folder& folder_;
  bool exhausted_ = false;
  std::string incomplete_;
};

Folder::Folder(std::string root, std::vector<std::string> others, Mode wanted)
    : others_(std::move(others)), tree_(std::move(root)), mode_(wanted) {
  epoll_ = make_epoll();
  events_ = make_epoll();
  timer_ = UniqueFd(check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                          "make a timer for changes of the project"));
  add_to(epoll_, timer_.get());
  if (!start()) {
    throw std::system_error(errno, std::generic_category(), "cannot read " + tree_.root());
  }
}

Folder::~Folder() = default;

/// Walks everything anew. False (errno set) when the root is not a readable directory.
bool Folder::start() {
  files_.clear();
  directories_.clear();
  links_.clear();
  polled_.clear();
  watcher_.reset();
  struct stat status{};
  lost_ = ::stat(tree_.root().c_str(), &status) != 0;
  if (!lost_ && !S_ISDIR(status.st_mode)) {
    errno = ENOTDIR;
    lost_ = true;
  }
  lost_ = lost_ || ::access(tree_.root().c_str(), R_OK | X_OK) != 0;
  const int reason = errno;
  if (!lost_) {
    tree_.load_rules();
    if (mode_ == Mode::Watching) {
      try {
        watcher_ = std::make_unique<Watcher>(tree_.root());
        add_to(epoll_, watcher_->fd());
        add_to(events_, watcher_->fd());
      } catch (const std::system_error& error) {
        poll_instead(error.code().message());
      }
    }
    for (const std::string& other : others_) links_[other] = Signature::of(other);
    walk("");
  }
  arm_timer();
  errno = reason;
  return !lost_;
}

void Folder::poll_instead(std::string why) {
  mode_ = Mode::Polling;
  watcher_.reset();
  note_ = "files are compared at every request instead of watched: " + std::move(why);
}

void Folder::walk(const std::string& directory) {
  Filler filler(*this);
  tree_.walk(directory, filler);
  if (mode_ == Mode::Polling || (!filler.exhausted() && filler.incomplete().empty())) return;
  poll_instead(filler.exhausted()
                   ? "the limit of watched directories is reached (sysctl "
                     "fs.inotify.max_user_watches)"
                   : in_quotes(filler.incomplete()) + " lies on a file system that reports no changes");
  files_.clear();
  directories_.clear();
  links_.clear();
  for (const std::string& other : others_) links_[other] = Signature::of(other);
  Filler again(*this);
  tree_.walk("", again);
}

/// Once a second, where changes can come without an event; otherwise never.
void Folder::arm_timer() {
  const bool wanted = lost_ || mode_ == Mode::Polling || !links_.empty();
  if (wanted == timer_armed_) return;
  itimerspec interval{};
  if (wanted) interval.it_interval.tv_sec = interval.it_value.tv_sec = 1;
  check(::timerfd_settime(timer_.get(), 0, &interval, nullptr),
        "set a timer for changes of the project");
  timer_armed_ = wanted;
}

// The cheapest question, for the set need not look at what is in it. It is one that nobody else asks
// or waits at: while another thread goes through a set, some kernels may say that it is empty.
bool Folder::nothing_came() const {
  epoll_event event{};
  return ::epoll_wait(events_.get(), &event, 1, 0) == 0;
}

FolderChanges Folder::update() {
  FolderChanges changes;
  if (mode_ == Mode::Watching && !lost_ && links_.empty() && nothing_came()) return changes;
  if (timer_armed_) {
    std::uint64_t expirations = 0;
    // Nothing to read between two ticks.
    [[maybe_unused]] const ssize_t got = ::read(timer_.get(), &expirations, sizeof expirations);
  }
  if (lost_) {
    restart(changes);
  } else if (mode_ == Mode::Polling) {
    poll_files(changes);
  } else {
    read_events(changes);
  }
  if (!lost_ && !links_.empty()) poll_links(changes);
  if (!changes.empty()) arm_timer();
  return changes;
}

/// Starts over and names what differs; more may have changed than differs in names.
void Folder::restart(FolderChanges& changes) {
  const FileMap before = std::move(files_);
  const bool was_lost = lost_;
  if (!start()) {
    files_ = before;
    changes.lost = true;
    changes.afresh = !was_lost;
    return;
  }
  changes.afresh = true;
  for (const auto& [path, facts] : files_) {
    if (before.count(path) == 0) changes.created.insert(path);
  }
  for (const auto& [path, facts] : before) {
    if (files_.count(path) == 0) changes.deleted.insert(path);
  }
}

void Folder::poll_files(FolderChanges& changes) {
  const FileMap before = files_;
  const auto signatures = std::move(polled_);
  const auto links = std::move(links_);
  if (!start()) {
    files_ = before;
    changes.lost = changes.afresh = true;
    return;
  }
  // What the last look saw is compared by poll_links.
  for (const std::string& other : others_) links_[other] = links.at(other);
  for (const auto& [path, signature] : polled_) {
    const auto old = signatures.find(path);
    if (old == signatures.end()) {
      changes.created.insert(path);
      changes.directories.insert(parent_path(path));
    } else if (!old->second.same_as(signature)) {
      changes.edited.insert(path);
      if (Tree::shapes_rules(path)) changes.afresh = true;
    }
  }
  for (const auto& [path, signature] : signatures) {
    if (polled_.count(path) > 0) continue;
    changes.deleted.insert(path);
    changes.directories.insert(parent_path(path));
  }
}

/// Links and files elsewhere: their targets change without an event here.
void Folder::poll_links(FolderChanges& changes) {
  std::vector<std::string> changed;
  for (auto& [path, signature] : links_) {
    Signature now = Signature::of(full_path(tree_, path));
    if (!signature.same_as(now)) changed.push_back(path);
    signature = now;
  }
  for (const std::string& path : changed) {
    if (path[0] == '/') {
      changes.edited.insert(path);
    } else if (directories_.count(path) > 0) {
      rescan(path, changes);
    } else {
      examine(path, true, changes);
    }
  }
}

}  // namespace localfn
