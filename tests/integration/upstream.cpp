#include "tests/integration/upstream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "runtime/base/errors.h"

namespace localfn::test {
namespace {

constexpr std::size_t kLongestHead = 64 * 1024;

/// "name: value" lines below the request line, names in lower case.
std::string headers_of(const std::string& head) {
  std::string text;
  std::size_t begin = head.find("\r\n") + 2;
  while (begin < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", begin), head.size());
    std::string line = head.substr(begin, end - begin);
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::transform(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), line.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!line.empty()) text += line + "\n";
    begin = end + 2;
  }
  return text;
}

std::string answer_to(const std::string& head) {
  const std::string line = head.substr(0, head.find("\r\n"));
  const std::string body = "upstream " + line.substr(0, line.rfind(' ')) + "\n" + headers_of(head);
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void send_all(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // the asker has gone; its test says so
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace

Upstream::Upstream() {
  listener_.reset(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(listener_.get(), generic, size), "bind to loopback");
  check(::listen(listener_.get(), 16), "listen");
  check(::getsockname(listener_.get(), generic, &size), "learn the port");
  port_ = ntohs(address.sin_port);
  FdPair stop = make_pipe();
  stop_read_ = std::move(stop.first);
  stop_write_ = std::move(stop.second);
  thread_ = std::thread([this] { serve(); });
}

Upstream::~Upstream() {
  stop_write_.reset();  // the thread sees the end of the pipe
  thread_.join();
}

void Upstream::serve() {
  while (readable(listener_.get())) {
    const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) answer(connection.get());
  }
}

/// Waits; false when the server is to end.
bool Upstream::readable(int fd) const {
  pollfd wanted[] = {{fd, POLLIN, 0}, {stop_read_.get(), POLLIN, 0}};
  while (::poll(wanted, 2, -1) < 0) {
    if (errno != EINTR) return false;
  }
  return wanted[1].revents == 0;
}

void Upstream::answer(int connection) const {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < kLongestHead) {
    if (!readable(connection)) return;
    char bytes[4096];
    const ssize_t count = ::recv(connection, bytes, sizeof(bytes), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    head.append(bytes, static_cast<std::size_t>(count));
  }
  head.resize(std::min(head.find("\r\n\r\n") + 2, head.size()));
  send_all(connection, answer_to(head));
}

}  // namespace localfn::test
