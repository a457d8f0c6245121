#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "runtime/base/errors.h"

namespace localfn::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool has_name(const HeaderList& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return same_name(header.first, name); });
}

std::size_t parse_number(std::string_view text, int base, std::string_view what) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::runtime_error("the answer's " + std::string(what) + " is no number: \"" +
                             std::string(text) + "\"");
  }
  return value;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool body_is_impossible(const Answer& answer, std::string_view method) {
  return method == "HEAD" || answer.status == 204 || answer.status == 304 || answer.status < 200;
}

}  // namespace

std::vector<std::string> Answer::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) values.push_back(value);
  }
  return values;
}

std::string Answer::header(std::string_view name) const {
  const auto values = all(name);
  return values.empty() ? std::string() : values.front();
}

Connection::Connection(std::uint16_t port, Deadline deadline) {
  socket_ = UniqueFd(
      check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a socket"));
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  if (errno != EINPROGRESS) check(-1, "connect to port " + std::to_string(port));
  pollfd waited{socket_.get(), POLLOUT, 0};
  int error = ETIMEDOUT;
  if (::poll(&waited, 1, deadline.poll_timeout()) == 1) {
    socklen_t length = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  }
  errno = error;
  if (error != 0) check(-1, "connect to port " + std::to_string(port));
}

void Connection::send(std::string_view bytes) {
  const Deadline deadline = patience();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    // A server that refuses a request may close before it has read all of it; its answer is then
    // what the test wants to see.
    if (errno == EPIPE || errno == ECONNRESET) return;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) check(-1, "send to the server");
    pollfd waited{socket_.get(), POLLOUT, 0};
    if (::poll(&waited, 1, deadline.poll_timeout()) == 0) {
      throw std::runtime_error("the server takes no more bytes");
    }
  }
}

Connection::Read Connection::fill(Deadline deadline) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(got));
      return Read::Bytes;
    }
    if (got == 0 || errno == ECONNRESET) return Read::End;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) check(-1, "read from the server");
    pollfd waited{socket_.get(), POLLIN, 0};
    if (::poll(&waited, 1, deadline.poll_timeout()) == 0) return Read::Late;
  }
}

std::uint64_t Connection::discard_all(std::string& tail) {
  const std::size_t kept = tail.size();
  std::uint64_t count = pending_.size();
  for (;;) {
    if (pending_.size() > kept) pending_.erase(0, pending_.size() - kept);
    const std::size_t before = pending_.size();
    const Read read = fill(patience());
    if (read == Read::Late) throw std::runtime_error("too late while discarding bytes");
    if (read == Read::End) break;
    count += pending_.size() - before;
  }
  tail = std::exchange(pending_, {});
  return count;
}

std::string Connection::read_to(std::string_view text, Deadline deadline) {
  for (;;) {
    if (const auto at = pending_.find(text); at != std::string::npos) {
      std::string found = pending_.substr(0, at + text.size());
      pending_.erase(0, found.size());
      return found;
    }
    const Read read = fill(deadline);
    if (read == Read::Bytes) continue;
    throw std::runtime_error(std::string(read == Read::End ? "the connection ended" : "too late") +
                             " while waiting for \"" + std::string(text) + "\"; so far: \"" +
                             pending_ + "\"");
  }
}

std::string Connection::take_line(Deadline deadline) {
  std::string line = read_to("\r\n", deadline);
  line.resize(line.size() - 2);
  return line;
}

std::string Connection::take(std::size_t bytes, Deadline deadline, bool& complete) {
  while (pending_.size() < bytes) {
    const Read read = fill(deadline);
    if (read == Read::Late) throw std::runtime_error("too late while reading a body");
    if (read == Read::End) break;
  }
  complete = pending_.size() >= bytes;
  std::string taken = pending_.substr(0, bytes);
  pending_.erase(0, taken.size());
  return taken;
}

Answer Connection::read_head(Deadline deadline) {
  Answer answer;
  const std::string line = take_line(deadline);
  if (line.rfind("HTTP/1.", 0) != 0 || line.size() < 12 || line[8] != ' ') {
    throw std::runtime_error("not an HTTP answer: \"" + line + "\"");
  }
  answer.version = line.substr(0, 8);
  answer.status = static_cast<int>(parse_number(line.substr(9, 3), 10, "status"));
  answer.reason = line.size() > 13 ? line.substr(13) : "";
  for (std::string header = take_line(deadline); !header.empty(); header = take_line(deadline)) {
    const auto colon = header.find(':');
    if (colon == std::string::npos) throw std::runtime_error("no header: \"" + header + "\"");
    answer.headers.emplace_back(header.substr(0, colon), trimmed(header.substr(colon + 1)));
  }
  return answer;
}

void Connection::read_chunks(Answer& answer, Deadline deadline) {
  answer.chunked = true;
  try {
    for (;;) {
      std::string size_line = take_line(deadline);
      const auto size = parse_number(size_line.substr(0, size_line.find(';')), 16, "chunk size");
      if (size == 0) break;
      bool whole = false;
      answer.body += take(size, deadline, whole);
      if (!whole) return;
      if (!take_line(deadline).empty()) throw std::runtime_error("a chunk without its CRLF");
    }
    while (!take_line(deadline).empty()) continue;  // trailers
    answer.complete = true;
  } catch (const std::runtime_error&) {
    // The end of the connection within the chunks is an incomplete answer, not a broken test.
    if (fill(Deadline::after(std::chrono::seconds(0))) != Read::End) throw;
  }
}

Answer Connection::read_answer(std::string_view method, Deadline deadline) {
  Answer answer = read_head(deadline);
  while (answer.status == 100) {
    ++continues_;
    answer = read_head(deadline);
  }
  if (body_is_impossible(answer, method)) {
    answer.complete = true;
  } else if (same_name(answer.header("Transfer-Encoding"), "chunked")) {
    read_chunks(answer, deadline);
  } else if (answer.has("Content-Length")) {
    const auto length = parse_number(answer.header("Content-Length"), 10, "Content-Length");
    answer.body = take(length, deadline, answer.complete);
  } else {
    answer.body = read_all(deadline);
    answer.complete = true;
  }
  return answer;
}

std::string Connection::read_all(Deadline deadline) {
  for (;;) {
    const Read read = fill(deadline);
    if (read == Read::Late) {
      throw std::runtime_error("the connection does not end; so far: \"" + pending_ + "\"");
    }
    if (read == Read::End) return std::exchange(pending_, {});
  }
}

bool Connection::closed_by_server(Deadline deadline) {
  return pending_.empty() && fill(deadline) == Read::End;
}

void Connection::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

std::string make_request(std::string_view method, std::string_view target,
                         const HeaderList& headers, std::string_view body) {
  std::string bytes = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  if (!has_name(headers, "Host")) bytes += "Host: localhost\r\n";
  if (!has_name(headers, "Connection")) bytes += "Connection: close\r\n";
  const bool framed = has_name(headers, "Content-Length") || has_name(headers, "Transfer-Encoding");
  if (!framed && (!body.empty() || method == "POST")) {
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  return bytes + "\r\n" + std::string(body);
}

Answer request_once(std::uint16_t port, std::string_view method, std::string_view target,
                    const HeaderList& headers, std::string_view body, Deadline deadline) {
  Connection connection(port, deadline);
  connection.send(make_request(method, target, headers, body));
  return connection.read_answer(method, deadline);
}

}  // namespace localfn::test
