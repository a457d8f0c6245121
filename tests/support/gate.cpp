#include "tests/support/gate.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

#include "runtime/base/errors.h"

namespace localfn::test {

namespace {

void await_readable(int fd, Deadline deadline, const char* what) {
  pollfd waited{fd, POLLIN, 0};
  while (::poll(&waited, 1, deadline.poll_timeout()) != 1) {
    if (deadline.passed()) throw std::runtime_error(what);
  }
}

}  // namespace

Gate::Gate() {
  listener_ = UniqueFd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a gate"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(listener_.get(), generic, length), "bind a gate");
  check(::listen(listener_.get(), 256), "listen at a gate");
  check(::getsockname(listener_.get(), generic, &length), "name a gate");
  port_ = ntohs(address.sin_port);
}

Gate::Visitor Gate::await_visitor(Deadline deadline) {
  await_readable(listener_.get(), deadline, "nobody comes to the gate");
  UniqueFd socket(check(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "open a gate"));
  std::string name;
  while (name.empty() || name.back() != '\n') {
    await_readable(socket.get(), deadline, "a visitor at the gate says no name");
    char byte = 0;
    if (::recv(socket.get(), &byte, 1, 0) != 1) throw std::runtime_error("a visitor has vanished");
    name += byte;
  }
  name.pop_back();
  return Visitor(std::move(socket), std::move(name));
}

void Gate::Visitor::release(std::string_view word) {
  ::send(socket_.get(), word.data(), word.size(), MSG_NOSIGNAL);
  ::shutdown(socket_.get(), SHUT_WR);
}

bool Gate::Visitor::gone(Deadline deadline) const {
  pollfd waited{socket_.get(), POLLIN, 0};
  if (::poll(&waited, 1, deadline.poll_timeout()) != 1) return false;
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

std::string Gate::source() {
  return R"(
import os, socket

def wait_at_gate(name):
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))) as gate:
        gate.sendall(f"{name}\n".encode())
        word = b""
        while True:
            more = gate.recv(100)
            if not more:
                return word.decode()
            word += more
)";
}

}  // namespace localfn::test
