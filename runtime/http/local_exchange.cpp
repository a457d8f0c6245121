#include "runtime/http/local_exchange.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/http/answer.h"

namespace localfn::http {
namespace {

bool has(const wire::Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// The head as it would come from the network.
std::string head_of(const LocalRequest& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (!has(request.headers, "host")) head += "Host: localhost\r\n";
  for (const auto& [name, value] : request.headers) head += name + ": " + value + "\r\n";
  const bool framed =
      has(request.headers, "content-length") || has(request.headers, "transfer-encoding");
  if (!request.body.empty() && !framed) {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

// The body is here already; nobody needs to be protected from its size but the function.
Limits local_limits() { return {}; }

}  // namespace

const std::string* LocalAnswer::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (equal_ignoring_case(header.first, name)) return &header.second;
  }
  return nullptr;
}

LocalExchange::LocalExchange(LocalRequest request, BodySink sink)
    : given_(std::move(request)),
      sink_(std::move(sink)),
      head_(head_of(given_)),
      parser_(local_limits()),
      parsed_(parser_.feed(head_)),
      arrived_(Clock::now()) {
  parser_.request().peer_address = "127.0.0.1";
}

void LocalExchange::run(const Handler& handler, const RefusalPage& refusal_page) {
  if (parsed_ != HeadParser::Result::Complete) {
    const bool refused = parsed_ == HeadParser::Result::Refused;
    return refuse(refused ? parser_.refusal()
                          : parser_.unfinished(head_, 400, "MALFORMED_REQUEST_HEADER",
                                               "the head of the request has no end"),
                  refusal_page);
  }
  handler(*this);
  if (state_ == State::Begun) cut();
  answer_.cut = state_ != State::Finished;
}

void LocalExchange::refuse(const Refusal& refusal, const RefusalPage& page) {
  const auto [headers, body] = page(refusal);
  respond(refusal.status, headers, body);
}

// ---- the request's body ----------------------------------------------------------------------

BodyStatus LocalExchange::read_body(std::string_view& body) {
  if (given_.body.size() > local_limits().body) return BodyStatus::TooLarge;
  body = given_.body;
  read_ = body.size();
  return BodyStatus::Whole;
}

BodyPiece LocalExchange::read_body_piece(std::string_view& piece) {
  if (read_ == given_.body.size()) return BodyPiece::End;
  piece = given_.body;
  read_ = piece.size();
  return BodyPiece::Data;
}

// ---- the answer ------------------------------------------------------------------------------

bool LocalExchange::take_head(int status, const wire::Headers& headers) {
  if (head_left_ || state_ == State::Finished || state_ == State::Cut) return false;
  if (!unsendable(status, headers).empty()) return false;
  answer_ = {};
  answer_.status = status;
  bodiless_ = request().method == "HEAD" || status == 204 || status == 304;
  has_length_ = chunked_by_hand_ = false;
  taken_ = 0;
  std::string ignored;
  const HeadFacts facts = begin_head(ignored, status, headers, true);
  has_length_ = facts.length.has_value();
  declared_ = facts.length.value_or(0);
  chunked_by_hand_ = facts.chunked_by_hand;
  if (chunked_by_hand_) decoder_.reset();
  for (const auto& header : headers) {
    // What frames a message is no part of it.
    const bool framing =
        equal_ignoring_case(header.first, "transfer-encoding") || equal_ignoring_case(header.first, "connection");
    if (!framing) answer_.headers.push_back(header);
  }
  state_ = State::Begun;
  return true;
}

bool LocalExchange::respond(int status, const wire::Headers& headers, std::string_view body) {
  if (!take_head(status, headers)) return false;
  has_length_ = chunked_by_hand_ = false;
  take(body);
  return finish();
}

bool LocalExchange::begin(int status, const wire::Headers& headers) {
  return take_head(status, headers);
}

bool LocalExchange::write(std::string_view bytes) {
  if (state_ != State::Begun) return false;
  if (!chunked_by_hand_) {
    take(bytes);
    return true;
  }
  std::string decoded;
  std::size_t used = 0;
  const auto result = decoder_.feed(bytes, used, decoded);
  take(decoded);
  if (result != ChunkedDecoder::Result::Malformed) return true;
  cut();
  return false;
}

void LocalExchange::take(std::string_view bytes) {
  if (has_length_) {
    const std::uint64_t left = declared_ - std::min(declared_, taken_);
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
  }
  taken_ += bytes.size();
  if (!bodiless_) answer_.body += bytes;
}

/// Hands out what has been written; without a sink it stays in the answer.
void LocalExchange::pass_on() {
  head_left_ = true;
  if (!sink_ || answer_.body.empty()) return;
  sink_(answer_.body);
  sent_ += answer_.body.size();
  answer_.body.clear();
}

bool LocalExchange::flush() {
  if (state_ != State::Begun) return false;
  pass_on();
  return true;
}

bool LocalExchange::holds() const {
  return state_ == State::Begun && (!head_left_ || (sink_ && !answer_.body.empty()));
}

bool LocalExchange::finish() {
  if (state_ != State::Begun) return false;
  const bool short_of_length = has_length_ && !bodiless_ && taken_ < declared_;
  if (short_of_length || (chunked_by_hand_ && !bodiless_ && !decoder_.done())) {
    pass_on();
    cut();
    return false;
  }
  pass_on();
  if (!sink_) sent_ = answer_.body.size();
  state_ = State::Finished;
  return true;
}

void LocalExchange::cut() {
  if (state_ == State::Finished) return;
  state_ = State::Cut;
  answer_.cut = true;
}

bool LocalExchange::send_file(int status, const wire::Headers& headers, int fd,
                              std::uint64_t offset, std::uint64_t length) {
  if (!take_head(status, headers)) return false;
  has_length_ = false;
  std::array<char, 64 * 1024> buffer;
  while (length > 0 && !bodiless_) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size()));
    const ssize_t got = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      cut();
      return false;
    }
    take({buffer.data(), static_cast<std::size_t>(got)});
    pass_on();
    offset += static_cast<std::uint64_t>(got);
    length -= static_cast<std::uint64_t>(got);
  }
  return finish();
}

}  // namespace localfn::http
