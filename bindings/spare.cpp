#include "bindings/spare.h"

#include <poll.h>
#include <pybind11/pybind11.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "bindings/birth.h"
#include "bindings/written_pages.h"

namespace localfn {
namespace {

// How long the models have for their first request before their pages are looked at.
constexpr int kSettleMs = 50;

bool has_order(int orders, int timeout_ms) {
  pollfd source{orders, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&source, 1, timeout_ms);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) ::_exit(kExitNotBorn);
  }
}

// In the child. The zygote's end closes the socket, and that is the end of the spare too.
[[noreturn]] void wait_for_order(UniqueFd socket, const std::vector<pid_t>& models, pid_t zygote,
                                 const Spare::Live& live) noexcept {
  ::prctl(PR_SET_NAME, kSpareName);
  join_own_group(zygote);
  PyOS_AfterFork_Child();
  try {
    Control orders(std::move(socket));
    if (!has_order(orders.fd(), kSettleMs)) {
      copy_pages_written_by(models, [&] { return !has_order(orders.fd(), 0); });
    }
    ControlPacket packet;
    while (has_order(orders.fd(), -1)) {
      const auto received = orders.receive(packet);
      if (received == Control::Received::Closed) break;
      if (received == Control::Received::Packet) live(packet);
    }
  } catch (const std::exception&) {
    ::_exit(kExitNotBorn);  // the zygote forks another one when it needs it
  }
  ::_exit(0);
}

}  // namespace

void Spare::make(const std::vector<pid_t>& models, const Live& live) noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
  UniqueFd ours(ends[0]);
  UniqueFd its(ends[1]);
  const pid_t zygote = ::getpid();
  PyOS_BeforeFork();
  const pid_t child = ::fork();
  if (child == 0) {
    ours.reset();
    wait_for_order(std::move(its), models, zygote, live);
  }
  PyOS_AfterFork_Parent();
  if (child < 0) return;
  pid_ = child;
  orders_ = std::move(ours);
}

pid_t Spare::take(const ControlPacket& packet) noexcept {
  if (!there()) return -1;
  const pid_t pid = pid_;
  // It may not have run yet, and the group has to exist before anyone can want to kill it.
  ::setpgid(pid, pid);
  bool sent = false;
  try {
    std::vector<int> descriptors;
    for (const auto& each : packet.descriptors) descriptors.push_back(each.get());
    sent = Control(std::move(orders_)).send(packet.message, descriptors);
  } catch (const std::exception&) {
    // Out of memory, most likely: the fork that is tried instead will say so.
  }
  forget();
  return sent ? pid : -1;
}

void Spare::ended(pid_t pid) noexcept {
  if (pid == pid_) forget();
}

void Spare::end() noexcept {
  if (!there()) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  forget();
}

void Spare::forget() noexcept {
  pid_ = -1;
  orders_.reset();
}

}  // namespace localfn
