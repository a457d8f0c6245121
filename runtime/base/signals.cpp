#include "runtime/base/signals.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "runtime/base/errors.h"

namespace localfn {

UniqueFd block_signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal_number : signals) sigaddset(&set, signal_number);
  const int rc = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (rc != 0) {
    errno = rc;
    check(-1, "block signals");
  }
  return UniqueFd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "make a signalfd"));
}

bool take_signals(const UniqueFd& signals) {
  signalfd_siginfo info{};
  bool any = false;
  while (::read(signals.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) any = true;
  return any;
}

namespace {

sigset_t sigpipe_alone() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

SigpipeBlocked::SigpipeBlocked() {
  const sigset_t set = sigpipe_alone();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SigpipeBlocked::~SigpipeBlocked() {
  const sigset_t set = sigpipe_alone();
  const timespec now{};
  ::sigtimedwait(&set, nullptr, &now);  // what has come meanwhile
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::string signal_name(int signal_number) {
  const char* name = ::sigabbrev_np(signal_number);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal_number);
}

std::string describe_exit(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  }
  if (WIFSIGNALED(wait_status)) {
    return fmt::format("was killed by {}", signal_name(WTERMSIG(wait_status)));
  }
  return fmt::format("ended with wait status {:#x}", wait_status);
}

}  // namespace localfn
