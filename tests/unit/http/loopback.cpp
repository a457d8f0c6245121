#include "tests/unit/http/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "runtime/base/characters.h"
#include "runtime/base/errors.h"

namespace localfn::http::testing {

// ---- answers ---------------------------------------------------------------------------------

std::string Answer::header(std::string_view name) const {
  std::string lower_name;
  for (const char c : name) lower_name += lower(c);
  std::string values;
  std::string_view lines = head;
  bool found = false;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    const std::size_t colon = line.find(": ");
    if (colon != line.npos && same_word(line.substr(0, colon), lower_name)) {
      values.append(found ? "|" : "").append(line.substr(colon + 2));
      found = true;
    }
    lines.remove_prefix(line.size() + 2);
  }
  return values;
}

// ---- client ----------------------------------------------------------------------------------

RawClient::RawClient(std::uint16_t port)
    : RawClient(UniqueFd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket")),
                port) {}

RawClient::RawClient(UniqueFd socket, std::uint16_t port) : fd_(std::move(socket)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "connect to the front");
}

RawClient& RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // the server has ended the connection: the answer will tell
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return *this;
}

bool RawClient::receive() {
  pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  const Deadline deadline = Deadline::after(kPatience);
  while (::poll(&entry, 1, deadline.poll_timeout()) <= 0) {
    if (deadline.passed()) return false;
  }
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && errno == ECONNRESET) reset_ = true;
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::take(std::size_t bytes) {
  while (buffer_.size() < bytes && receive()) {
  }
  const std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string RawClient::rest() {
  while (receive()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawClient::take_line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!receive()) return {};
  }
  return take(end + 2).substr(0, end);
}

Answer RawClient::answer(bool to_head) {
  Answer answer;
  answer.status_line = take_line();
  if (answer.status_line.size() < 12) return answer;
  answer.status = std::stoi(answer.status_line.substr(9, 3));
  for (std::string line; !(line = take_line()).empty();) answer.head += line + "\r\n";
  const std::string length = answer.header("Content-Length");
  answer.chunked = answer.header("Transfer-Encoding") == "chunked";
  answer.complete = true;
  if (to_head || answer.status < 200 || answer.status == 204 || answer.status == 304) {
    return answer;
  }
  if (answer.chunked) {
    take_chunks(answer);
  } else if (!length.empty()) {
    answer.body = take(std::stoul(length));
    answer.complete = answer.body.size() == std::stoul(length);
  } else {
    answer.body = rest();
    answer.complete = !reset_;
  }
  return answer;
}

void RawClient::take_chunks(Answer& answer) {
  while (true) {
    const std::string line = take_line();
    answer.complete = !line.empty();
    if (!answer.complete) return;
    const std::size_t size = std::stoul(line, nullptr, 16);
    answer.body += take(size);
    answer.complete = take(2) == "\r\n";
    if (size == 0 || !answer.complete) return;
  }
}

bool RawClient::has_news() {
  pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return !buffer_.empty() || ::poll(&entry, 1, 0) > 0;
}

RawClient& RawClient::end_output() {
  ::shutdown(fd_.get(), SHUT_WR);
  return *this;
}

std::uint16_t RawClient::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// ---- front -----------------------------------------------------------------------------------

void echo(Exchange& exchange) {
  const Request& request = exchange.request();
  std::string_view body;
  switch (exchange.read_body(body)) {
    case BodyStatus::Whole: break;
    case BodyStatus::TooLarge: exchange.respond(413, {}, "too large"); return;
    case BodyStatus::Malformed: exchange.respond(400, {}, "malformed body"); return;
    case BodyStatus::TimedOut: exchange.respond(408, {}, "body too slow"); return;
    case BodyStatus::Gone: return;
  }
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append("=").append(value).append("\n");
  };
  add("method", request.method);
  add("target", request.target);
  add("path", request.path);
  add("query", request.has_query ? request.query : "(none)");
  add("version", request.version);
  add("line", request.request_line);
  add("host", request.host);
  add("peer", std::string(request.peer_address) + ":" + std::to_string(request.peer_port));
  add("headers", request.header_block);
  add("body", body);
  exchange.respond(200, {{"Content-Type", "text/plain"}}, text);
}

std::pair<wire::Headers, std::string> plain_page(const Refusal& refusal) {
  return {{{"Content-Type", "text/plain"}, {"X-Accept", refusal.accept}}, refusal.code + "\n"};
}

TestFront::TestFront(Handler handler, Limits limits)
    : front(limits, std::move(handler), [this](const Refusal& refusal) {
        const std::lock_guard lock(mutex_);
        refusals_.push_back(refusal);
        return plain_page(refusal);
      }) {
  port = front.bind("127.0.0.1", 0);
  front.start();
}

Answer TestFront::ask(std::string_view bytes, bool to_head) const {
  return client().send(bytes).answer(to_head);
}

std::vector<Refusal> TestFront::refusals() {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

// ---- events ----------------------------------------------------------------------------------

void Event::set() {
  const std::lock_guard lock(mutex_);
  set_ = true;
  changed_.notify_all();
}

bool Event::wait() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this] { return set_; });
}

}  // namespace localfn::http::testing
