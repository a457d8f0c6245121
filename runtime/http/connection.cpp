#include "runtime/http/connection.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace localfn::http {

namespace {

/// After the last answer the client may still be sending. Closing at once would reset the
/// connection and could destroy the answer on its way (RFC 9112, 9.6); so what comes is read and
/// dropped until the client ends its side, is silent, or has had enough time.
constexpr milliseconds kLingerSilence{2'000};
constexpr milliseconds kLingerTotal{10'000};

}  // namespace

Connection::Connection(UniqueFd fd, const Service& service, Connections& all)
    : fd_(std::move(fd)),
      service_(service),
      entry_(all, fd_.get()),
      socket_(fd_.get(), service.limits.idle_time, service.limits.progress_time),
      input_(service.limits.head),
      parser_(service.limits),
      body_(socket_, input_, service.limits),
      exchange_(socket_, body_, parser_, entry_) {
  learn_peer();
}

void Connection::learn_peer() {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    parser_.request().peer_port = ntohs(address->sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
    ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
    parser_.request().peer_port = ntohs(address->sin6_port);
  }
  peer_address_ = text.data();
  if (peer_address_.starts_with("::ffff:")) peer_address_.erase(0, 7);
  parser_.request().peer_address = peer_address_;
}

void Connection::run() {
  while (serve_one()) {
  }
  linger();
}

bool Connection::serve_one() {
  switch (read_head()) {
    case Head::Closed: return false;
    case Head::Refused: refuse(refusal_); return false;
    case Head::Complete: break;
  }
  exchange_.start();
  call_handler();
  return exchange_.conclude();
}

// ---- the head --------------------------------------------------------------------------------

Connection::Head Connection::read_head() {
  input_.start_head();
  parser_.reset();
  if (!entry_.waiting()) {
    client_ended_ = true;
    return Head::Closed;
  }
  if (input_.from_start().empty()) {
    std::size_t received = 0;
    if (socket_.receive_next(input_.space(), received) != ReadResult::Data) {
      client_ended_ = true;
      return Head::Closed;
    }
    input_.filled(received);
  }
  return feed();
}

Connection::Head Connection::feed() {
  // Made only when the head has not come in one piece: reading the clock costs as much as parsing.
  std::optional<Deadline> deadline;
  while (true) {
    switch (parser_.feed(input_.from_start())) {
      case HeadParser::Result::Complete:
        input_.keep_head(parser_.head_size());
        entry_.busy();
        return Head::Complete;
      case HeadParser::Result::Refused:
        refusal_ = parser_.refusal();
        return Head::Refused;
      case HeadParser::Result::NeedMore: break;
    }
    if (!deadline) deadline = Deadline::after(service_.limits.head_time);
    if (const Head head = receive_head(*deadline); head != Head::Complete) return head;
  }
}

Connection::Head Connection::receive_head(Deadline deadline) {
  std::size_t received = 0;
  switch (socket_.receive(input_.space(), received, deadline)) {
    case ReadResult::Data:
      input_.filled(received);
      // Data that trickles in is never waited for; so the deadline is looked at here.
      if (!deadline.passed()) return Head::Complete;
      [[fallthrough]];
    case ReadResult::TimedOut:
      refusal_ = parser_.unfinished(input_.from_start(), 408, "REQUEST_TIMEOUT",
                                    "the head did not arrive in time");
      return Head::Refused;
    case ReadResult::Nothing:
    case ReadResult::Ended: break;
  }
  client_ended_ = true;
  return Head::Closed;
}

// ---- answers of our own ----------------------------------------------------------------------

void Connection::call_handler() {
  try {
    service_.handler(exchange_);
  } catch (const std::exception& error) {
    return fail(error.what());
  } catch (...) {
    return fail("an exception that is no std::exception");
  }
  if (!exchange_.started()) fail("the handler did not answer");
}

void Connection::fail(const char* what) {
  if (exchange_.head_left()) return exchange_.cut();
  exchange_.close_after();
  Refusal refusal;
  refusal.status = 500;
  refusal.code = "INTERNAL_SERVER_ERROR";
  refusal.reason = what;
  refusal.method = parser_.request().method;
  refusal.target = parser_.request().target;
  refusal.accept = parser_.request().header("Accept");
  answer_refusal(refusal);
}

void Connection::refuse(const Refusal& refusal) {
  entry_.busy();
  exchange_.start_refused(refusal.method == "HEAD");
  answer_refusal(refusal);
  exchange_.conclude();
}

void Connection::answer_refusal(const Refusal& refusal) {
  try {
    const auto [headers, body] = service_.refusal_page(refusal);
    if (exchange_.respond(refusal.status, headers, body) || exchange_.started()) return;
  } catch (...) {
    // The page is not worth more trouble: the status alone tells enough.
  }
  exchange_.respond(refusal.status, {}, {});
}

// ---- the end ---------------------------------------------------------------------------------

void Connection::linger() {
  if (client_ended_ || socket_.gone() || exchange_.was_cut() || exchange_.was_handed_over()) return;
  socket_.end_output();
  const bool patient = entry_.waiting();  // not while the front stops: then only what is there
  const Deadline end = Deadline::after(kLingerTotal);
  std::array<char, 16 * 1024> dropped;
  std::size_t received = 0;
  ReadResult result = ReadResult::Data;
  while (result == ReadResult::Data && !end.passed()) {
    result = patient ? socket_.receive(dropped, received,
                                       sooner(end, Deadline::after(kLingerSilence)))
                     : socket_.receive_now(dropped, received);
  }
}

}  // namespace localfn::http
