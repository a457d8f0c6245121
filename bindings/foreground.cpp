#include "bindings/foreground.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "runtime/base/fd.h"

namespace localfn {
namespace {

UniqueFd own_terminal() noexcept {
  return UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

}  // namespace

Foreground::Foreground() noexcept {
  const UniqueFd terminal = own_terminal();
  if (!terminal) return;
  owner_ = ::tcgetpgrp(terminal.get());
  known_ = owner_ > 0 && ::tcgetattr(terminal.get(), &modes_) == 0;
}

void Foreground::take_from(pid_t group) const noexcept {
  if (!known_) return;
  const UniqueFd terminal = own_terminal();
  if (terminal && ::tcgetpgrp(terminal.get()) == group) restore(terminal.get());
}

void Foreground::take_from_the_dead() const noexcept {
  if (!known_) return;
  const UniqueFd terminal = own_terminal();
  if (!terminal) return;
  const pid_t group = ::tcgetpgrp(terminal.get());
  if (group > 0 && ::killpg(group, 0) != 0 && errno == ESRCH) restore(terminal.get());
}

void Foreground::restore(int terminal) const noexcept {
  // Else a process in the background is stopped for this.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  ::tcsetattr(terminal, TCSANOW, &modes_);
  ::tcsetpgrp(terminal, owner_);
}

}  // namespace localfn
