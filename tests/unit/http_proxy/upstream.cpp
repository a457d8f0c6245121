#include "tests/unit/http_proxy/upstream.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "runtime/base/errors.h"

namespace localfn::http::testing {
namespace {

UniqueFd bind_any(std::uint16_t& port) {
  UniqueFd socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  check(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), "bind a test server");
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "ask the port");
  port = ntohs(address.sin_port);
  return socket;
}

}  // namespace

bool Served::receive() {
  pollfd entry{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  const Deadline deadline = Deadline::after(kPatience);
  while (::poll(&entry, 1, deadline.poll_timeout()) <= 0) {
    if (deadline.passed()) return false;
  }
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string Served::take(std::size_t bytes) {
  while (buffer_.size() < bytes && receive()) {
  }
  const std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string Served::take_to(std::string_view text) {
  std::size_t at;
  while ((at = buffer_.find(text)) == std::string::npos) {
    if (!receive()) return take(buffer_.size());
  }
  return take(at + text.size());
}

std::string Served::head() { return take_to("\r\n\r\n"); }

bool Served::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Served::sees_end() {
  const Deadline deadline = Deadline::after(kPatience);
  while (receive()) buffer_.clear();
  return !deadline.passed();
}

void Served::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket_.reset();
}

Upstream::Upstream(std::function<void(Served&)> serve)
    : serve_(std::move(serve)), listener_(bind_any(port)) {
  check(::listen(listener_.get(), 64), "listen");
  thread_ = std::thread([this] { run(); });
}

Upstream::~Upstream() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

void Upstream::run() {
  while (true) {
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    Served served(std::move(client));
    serve_(served);
  }
}

ClosedPort::ClosedPort() { bound = bind_any(port); }

}  // namespace localfn::http::testing
