#include "runtime/functions/zygote_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "runtime/base/errors.h"

extern char** environ;

namespace localfn {
namespace {

using namespace std::chrono_literals;

constexpr int kControlFd = 3;
constexpr auto kReapGrace = 2s;

// dup2 of a descriptor onto itself would keep CLOEXEC, and one source could be overwritten by the
// target of another: sources are lifted out of the way first.
UniqueFd lifted(UniqueFd fd) {
  return UniqueFd(check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 100), "duplicate a descriptor"));
}

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    // A blocked mask and ignored signals would survive the exec.
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // A group of its own: Ctrl-C in the terminal is for the host alone.
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void place(const UniqueFd& source, int target) {
    ::posix_spawn_file_actions_adddup2(&actions_, source.get(), target);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

ZygoteProcess::ZygoteProcess(const std::string& worker, const std::vector<std::string>& arguments,
                             const LogSink& log)
    : started_(Clock::now()) {
  auto control = make_socketpair(SOCK_SEQPACKET);
  auto out = make_pipe();
  auto err = make_pipe();
  const UniqueFd control_end = lifted(std::move(control.second));
  const UniqueFd out_end = lifted(std::move(out.second));
  const UniqueFd err_end = lifted(std::move(err.second));
  control_ = std::move(control.first);
  output_ =
      std::make_unique<InstanceOutput>("", 0, std::move(out.first), std::move(err.first), log);
  SpawnSettings settings;
  settings.place(out_end, STDOUT_FILENO);
  settings.place(err_end, STDERR_FILENO);
  settings.place(control_end, kControlFd);

  std::vector<std::string> words{worker, "--control", std::to_string(kControlFd)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  errno = ::posix_spawn(&pid_, worker.c_str(), settings.actions(), settings.attributes(),
                        argv.data(), environ);
  if (errno != 0) {
    pid_ = -1;
    check(-1, fmt::format("run {}", worker));
  }
  // The child is not reaped yet, so its number cannot be another process's.
  pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int reason = errno;
    kill();
    int ignored = 0;
    ::waitpid(pid_, &ignored, 0);
    pid_ = -1;
    errno = reason;
    check(-1, "watch the zygote");
  }
}

ZygoteProcess::~ZygoteProcess() {
  int ignored = 0;
  kill();
  reap(Deadline::after(kReapGrace), ignored);
}

void ZygoteProcess::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

bool ZygoteProcess::reap(Deadline deadline, int& wait_status) {
  if (pid_ <= 0) return true;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, deadline.poll_timeout());
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  while (::waitpid(pid_, &wait_status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return true;
}

}  // namespace localfn
