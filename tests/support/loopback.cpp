#include "tests/support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "runtime/base/errors.h"

namespace localfn::test {
namespace {

UniqueFd make_socket() {
  return UniqueFd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

UniqueFd connect_to_loopback(std::uint16_t port) {
  UniqueFd socket = make_socket();
  const sockaddr_in address = loopback(port);
  check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "connect to loopback");
  return socket;
}

std::uint16_t free_port() {
  const UniqueFd socket = make_socket();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size),
        "bind to loopback");
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size),
        "read a socket's name");
  return ntohs(address.sin_port);
}

}  // namespace localfn::test
