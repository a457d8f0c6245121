// A zygote without Python, for the tests of the supervisor: speaks the control protocol, forks
// instances, and does one of the things that can go wrong where its arguments say so.
//
// An instance obeys single letters on its channel: see obey().
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/wire.h"

namespace {

using namespace localfn;

struct Child {
  pid_t pid;
  UniqueFd pidfd;
};

void say(int control, const wire::ControlMessage& message, int fd = -1) {
  std::string packet = encode(message);
  iovec data{packet.data(), packet.size()};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = space;
    header.msg_controllen = sizeof space;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  if (::sendmsg(control, &header, MSG_NOSIGNAL) < 0) _exit(0);
}

bool hear(int control, wire::ControlMessage& message, std::vector<UniqueFd>& fds) {
  std::vector<char> packet(wire::kMaxControl);
  iovec data{packet.data(), packet.size()};
  alignas(cmsghdr) char space[CMSG_SPACE(4 * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = space;
  header.msg_controllen = sizeof space;
  const auto n = ::recvmsg(control, &header, MSG_CMSG_CLOEXEC);
  if (n <= 0) return false;
  if (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr) {
    for (std::size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return decode({packet.data(), static_cast<std::size_t>(n)}, message);
}

void reply(int channel, const std::string& text) {
  [[maybe_unused]] const auto n = ::write(channel, text.data(), text.size());
}

void obey(int channel, int signals) {
  for (;;) {
    pollfd ready[2] = {{channel, POLLIN, 0}, {signals, POLLIN, 0}};
    ::poll(ready, 2, -1);
    if (ready[1].revents != 0) {
      char siginfo[128];
      [[maybe_unused]] const auto n = ::read(signals, siginfo, sizeof siginfo);
      reply(channel, "R");
    }
    if (ready[0].revents == 0) continue;
    char letter = 0;
    if (::read(channel, &letter, 1) != 1) _exit(0);
    if (letter == 'x') _exit(3);
    if (letter == 's') ::raise(SIGKILL);
    if (letter == 'p') reply(channel, std::to_string(::getpid()) + "\n");
    if (letter == 'g') {  // a process of its own, which outlives it
      const pid_t pid = ::fork();
      if (pid == 0) {
        for (;;) ::pause();
      }
      reply(channel, std::to_string(pid) + "\n");
    }
    if (letter == 'o') {
      reply(STDOUT_FILENO, "to stdout\n");
      reply(STDERR_FILENO, "to stderr\n");
      reply(channel, "k");
    }
    if (letter == 'f') {
      const std::string block(64 * 1024, 'f');
      for (int i = 0; i < 32; ++i) reply(STDOUT_FILENO, block + "\n");
      reply(channel, "k");
    }
  }
}

void announce(int control, std::uint32_t id) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  wire::ControlMessage spawned;
  spawned.type = wire::ControlType::Spawned;
  spawned.id = id;
  spawned.number = ::getpid();
  say(control, spawned, pidfd.get());
}

[[noreturn]] void be_instance(int control, std::uint32_t id, pid_t zygote,
                              std::vector<UniqueFd>& fds) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != zygote) _exit(1);
  announce(control, id);
  ::close(control);
  ::dup2(fds[1].get(), STDOUT_FILENO);
  ::dup2(fds[2].get(), STDERR_FILENO);
  fds[1].reset();
  fds[2].reset();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + wire::kReadAgainSignal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const int signals = static_cast<int>(::syscall(SYS_signalfd4, -1, &set, 8, 0));
  obey(fds[0].get(), signals);
  _exit(0);
}

class FakeZygote {
 public:
  /// "--stuck": does nothing more once it has forked an instance. "--barren": ends instead.
  /// "--stillborn N": its first N instances end before they say that they are there.
  FakeZygote(int control, const std::string& mode, int number)
      : control_(control),
        stuck_after_fork_(mode == "--stuck"),
        barren_(mode == "--barren"),
        stillborn_(mode == "--stillborn" ? number : 0) {}

  int run() {
    for (;;) {
      std::vector<pollfd> ready{{control_, POLLIN, 0}};
      for (const auto& [id, child] : children_) ready.push_back({child.pidfd.get(), POLLIN, 0});
      ::poll(ready.data(), ready.size(), -1);
      reap();
      if (ready[0].revents != 0 && !serve()) break;
    }
    for (const auto& [id, child] : children_) ::kill(-child.pid, SIGKILL);
    return 0;
  }

 private:
  bool serve() {
    wire::ControlMessage message;
    std::vector<UniqueFd> fds;
    if (!hear(control_, message, fds)) return false;
    if (message.type == wire::ControlType::Spawn) spawn(message.id, fds);
    if (message.type == wire::ControlType::Kill) {
      const auto found = children_.find(message.id);
      if (found != children_.end()) ::kill(-found->second.pid, SIGKILL);
    }
    if (message.type == wire::ControlType::Scan) scan(message);
    return true;
  }

  void spawn(std::uint32_t id, std::vector<UniqueFd>& fds) {
    if (barren_) _exit(7);
    const pid_t zygote = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0 && stillborn_ > 0) _exit(9);
    if (pid == 0) be_instance(control_, id, zygote, fds);
    --stillborn_;
    while (stuck_after_fork_) ::pause();
    ::setpgid(pid, pid);
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    children_[id] = {pid, std::move(pidfd)};
  }

  void reap() {
    for (auto it = children_.begin(); it != children_.end();) {
      int status = 0;
      if (::waitpid(it->second.pid, &status, WNOHANG) <= 0) {
        ++it;
        continue;
      }
      ::kill(-it->second.pid, SIGKILL);
      wire::ControlMessage exited;
      exited.type = wire::ControlType::Exited;
      exited.id = it->first;
      exited.number = status;
      say(control_, exited);
      it = children_.erase(it);
    }
  }

  void scan(const wire::ControlMessage& question) {
    const std::string once = "die-once:";
    if (question.text == "die") _exit(7);
    if (question.text.rfind(once, 0) == 0) {
      const auto marker = question.text.substr(once.size());
      if (::access(marker.c_str(), F_OK) == 0) {
        ::unlink(marker.c_str());
        _exit(7);
      }
    }
    wire::ControlMessage answer;
    answer.type = wire::ControlType::Scanned;
    answer.id = question.id;
    answer.entry.found = true;
    answer.entry.variable = question.text;
    say(control_, answer);
  }

  int control_;
  bool stuck_after_fork_;
  bool barren_;
  int stillborn_;
  std::map<std::uint32_t, Child> children_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int control = std::atoi(argv[2]);
  const std::string mode = argc > 3 ? argv[3] : "";
  if (mode == "--broken") {
    reply(STDERR_FILENO, "no Python to be found\n");
    return 4;
  }
  if (mode == "--mute") {
    for (;;) ::pause();
  }
  if (mode == "--garbage") {
    [[maybe_unused]] const auto n = ::send(control, "garbage", 7, MSG_NOSIGNAL);
  }
  wire::ControlMessage hello;
  hello.type = wire::ControlType::Hello;
  hello.text = "3.11.2";
  hello.number = ::getpid();
  say(control, hello);
  return FakeZygote(control, mode, argc > 4 ? std::atoi(argv[4]) : 0).run();
}
