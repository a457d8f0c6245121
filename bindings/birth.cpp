#include "bindings/birth.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "runtime/base/wire.h"

namespace localfn {
namespace {

constexpr rlim_t kInstanceFds = 1024;

[[noreturn]] void die(const char* what) noexcept {
  const char* reason = ::strerrordesc_np(errno);
  for (const char* part : {"cannot ", what, ": ", reason != nullptr ? reason : "?", "\n"}) {
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  ::_exit(kExitNotBorn);
}

int lifted(int fd) noexcept {
  // Above every number that is about to be filled, so that placing one cannot close another.
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 16);
  if (copy < 0) die("copy a descriptor for the instance");
  return copy;
}

void place(int from, int to, int flags) noexcept {
  if (::dup3(from, to, flags) < 0) die("place a descriptor of the instance");
}

// Set by the sanitizers' runtime, which reports with them.
bool belongs_to_sanitizer([[maybe_unused]] int signal_number) noexcept {
#ifdef LOCALFN_SANITIZED
  return signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGFPE ||
         signal_number == SIGILL || signal_number == SIGABRT || signal_number == SIGTRAP;
#else
  return false;
#endif
}

}  // namespace

void join_own_group(pid_t zygote) noexcept {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A zygote that died before that call sends no signal any more.
  if (::getppid() != zygote) ::_exit(0);
}

void place_descriptors(const InstanceEnds& ends) noexcept {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) die("open /dev/null");
  const int in = lifted(null);
  const int out = lifted(ends.out);
  const int err = lifted(ends.err);
  const int channel = lifted(ends.channel);
  place(in, STDIN_FILENO, 0);
  place(out, STDOUT_FILENO, 0);
  place(err, STDERR_FILENO, 0);
  place(channel, kChannelFd, O_CLOEXEC);
  if (::close_range(kChannelFd + 1, ~0U, 0) != 0) die("close what the zygote had open");
}

void reset_signals() noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    // Fails for SIGKILL, SIGSTOP and the two that the C library keeps: they have no other.
    if (!belongs_to_sanitizer(number)) ::sigaction(number, &by_default, nullptr);
  }
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGRTMIN + wire::kReadAgainSignal);
  sigaddset(&blocked, SIGRTMIN + wire::kShowStackSignal);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

void restore_fd_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(kInstanceFds, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace localfn
