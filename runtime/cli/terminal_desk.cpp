#include "runtime/cli/terminal_desk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/errors.h"

namespace localfn::cli {
namespace {

constexpr std::string_view kInBackground =
    "localfn runs in the background of its terminal (bring it to the front with `fg`)";

// Abstract sockets have no permissions: who connects must be this user.
bool is_own_user(int line) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(line, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

/// One message, with the terminal unless `terminal` is -1.
bool say(int line, std::string_view text, int terminal) {
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof terminal)] = {};
  iovec piece{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (terminal >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof terminal);
    std::memcpy(CMSG_DATA(header), &terminal, sizeof terminal);
  }
  return ::sendmsg(line, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/// Whether the other side has closed. It never says anything.
bool has_left(short events) { return events != 0; }

}  // namespace

TerminalDesk::TerminalDesk(Hold hold) : hold_(std::move(hold)) {
  if (::isatty(STDERR_FILENO) != 1) return;
  terminal_ = UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal_) return;
  listen();
  stop_ = UniqueFd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
  // The thread changes the terminal while an instance is in its foreground.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TerminalDesk::~TerminalDesk() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

// Bound without a name: the kernel gives one that nobody else has.
void TerminalDesk::listen() {
  listener_ = UniqueFd(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                             "make a socket for debuggers"));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  check(::bind(listener_.get(), address, sizeof name.sun_family), "name a socket for debuggers");
  check(::listen(listener_.get(), SOMAXCONN), "listen for debuggers");
  socklen_t size = sizeof name;
  check(::getsockname(listener_.get(), address, &size), "read a socket's name");
  place_.assign(name.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  const char* const kind = std::getenv("TERM");
  place_ += fmt::format(" {}", kind != nullptr && *kind != '\0' ? kind : "dumb");
}

void TerminalDesk::run() {
  for (;;) {
    std::vector<pollfd> ready{
        {stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}, {holder_.get(), POLLIN, 0}};
    for (const auto& line : waiting_) ready.push_back({line.get(), POLLIN, 0});
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[0].revents != 0) break;
    if (holder_ && has_left(ready[2].revents)) take_back();
    for (std::size_t i = ready.size(); i > 3; --i) {
      if (has_left(ready[i - 1].revents))
        waiting_.erase(waiting_.begin() + static_cast<long>(i) - 4);
    }
    if (ready[1].revents != 0) accept_one();
    serve_next();
  }
  if (holder_) take_back();
}

void TerminalDesk::accept_one() {
  UniqueFd line(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (line && is_own_user(line.get())) waiting_.push_back(std::move(line));
}

void TerminalDesk::serve_next() {
  while (!holder_ && !waiting_.empty()) {
    UniqueFd next = std::move(waiting_.front());
    waiting_.pop_front();
    if (hand_out(next.get())) holder_ = std::move(next);
  }
}

bool TerminalDesk::hand_out(int line) {
  group_ = ::tcgetpgrp(terminal_.get());
  if (group_ != ::getpgrp() || ::tcgetattr(terminal_.get(), &modes_) != 0) {
    say(line, kInBackground, -1);
    return false;
  }
  busy_ = true;
  hold_(true);
  ::tcflush(terminal_.get(), TCIFLUSH);  // what was typed while nobody asked is no command
  if (say(line, "yours", terminal_.get())) return true;
  take_back();
  return false;
}

void TerminalDesk::take_back() {
  holder_.reset();
  ::tcsetattr(terminal_.get(), TCSANOW, &modes_);
  if (::tcgetpgrp(terminal_.get()) != group_) ::tcsetpgrp(terminal_.get(), group_);
  hold_(false);
  busy_ = false;
}

}  // namespace localfn::cli
