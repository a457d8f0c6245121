#include "runtime/http/proxy/dial.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/http/proxy/resolve.h"
#include "runtime/http/proxy/wait.h"

namespace localfn::http {
namespace {

constexpr const char* kLate = "it did not answer in time";

/// One attempt: a connected socket, or the reason why there is none.
struct Attempt {
  UniqueFd socket;
  std::string problem;
  bool client_gone = false;
};

Attempt failed(int error) { return {{}, errno_text(error), false}; }

Attempt connect_to(const addrinfo& address, Deadline deadline, int client_fd) {
  UniqueFd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed(errno);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // EINTR leaves the attempt under way, exactly like EINPROGRESS.
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return {std::move(socket), {}, false};
  if (errno != EINPROGRESS && errno != EINTR) return failed(errno);
  switch (wait_for(socket.get(), POLLOUT, client_fd, POLLRDHUP, deadline)) {
    case Waited::ClientGone: return {{}, {}, true};
    case Waited::Late: return {{}, kLate, false};
    case Waited::Ready: break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return failed(error);
  return {std::move(socket), {}, false};
}

Attempt connect_to_any(const addrinfo* addresses, Deadline deadline, int client_fd) {
  Attempt last;
  for (const addrinfo* address = addresses; address != nullptr; address = address->ai_next) {
    last = connect_to(*address, deadline, client_fd);
    if (last.socket || last.client_gone || deadline.passed()) break;
  }
  return last;
}

Dialled secure(UniqueFd socket, const Origin& origin, TlsContext& tls, Deadline deadline,
               int client_fd) {
  Dialled result;
  std::string problem;
  auto stream = tls.open(std::move(socket), origin.host, problem);
  while (stream && problem.empty()) {
    const Step step = stream->handshake();
    if (step == Step::Moved) {
      result.stream = std::move(stream);
      return result;
    }
    if (step == Step::Failed || step == Step::Ended) {
      problem = step == Step::Failed ? stream->failure() : "the connection ended";
      break;
    }
    const short events = step == Step::WantWrite ? POLLOUT : POLLIN;
    switch (wait_for(stream->fd(), events, client_fd, POLLRDHUP, deadline)) {
      case Waited::Ready: break;
      case Waited::Late: problem = kLate; break;
      case Waited::ClientGone: result.client_gone = true; return result;
    }
  }
  result.problem = fmt::format("cannot speak TLS with {}:{}: {}", origin.host, origin.port, problem);
  return result;
}

}  // namespace

Dialled dial(const Origin& origin, TlsContext& tls, Deadline deadline, int client_fd) {
  Dialled result;
  Resolved resolved = resolve(origin.host, origin.port, deadline, client_fd);
  if (!resolved.addresses) {
    result.client_gone = resolved.client_gone;
    result.problem =
        fmt::format("cannot find the server {}: {}", origin.host, resolved.problem);
    return result;
  }
  Attempt attempt = connect_to_any(resolved.addresses.get(), deadline, client_fd);
  if (!attempt.socket) {
    result.client_gone = attempt.client_gone;
    result.problem = fmt::format("cannot connect to {}:{}: {}", origin.host, origin.port,
                                 attempt.problem);
    return result;
  }
  if (origin.tls) return secure(std::move(attempt.socket), origin, tls, deadline, client_fd);
  result.stream = std::make_unique<PlainStream>(std::move(attempt.socket));
  return result;
}

}  // namespace localfn::http
