#include "runtime/http/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace localfn::http {

namespace {

/// An unread request body up to this size is read away for the sake of the connection.
constexpr std::size_t kDrain = 256 * 1024;
/// Body bytes that are held in the hope that the answer ends soon and its length can be declared.
constexpr std::size_t kHold = 64 * 1024;
/// A body up to this size is copied behind its head: one piece costs the kernel less than two.
constexpr std::size_t kCopied = 1024;
/// Memory for answers that an idle connection keeps for its next one.
constexpr std::size_t kKeptMemory = 16 * 1024;

iovec piece_of(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

// ---- life of an exchange ---------------------------------------------------------------------

void ConnectionExchange::start() {
  state_ = State::Waiting;
  arrived_ = Clock::now();
  head_only_ = parser_.request().method == "HEAD";
  may_continue_ = parser_.framing().keep_alive;
  refused_ = head_left_ = false;
  taken_ = body_sent_ = 0;
  reader_.start(parser_.framing());
}

void ConnectionExchange::start_refused(bool head_only) {
  start();
  reader_.start(Framing{});
  head_only_ = head_only;
  refused_ = true;
  may_continue_ = false;
}

bool ConnectionExchange::conclude() {
  if (state_ == State::Begun) cut();
  if (body_.capacity() > kKeptMemory) body_ = std::string();
  if (head_.capacity() > kKeptMemory) head_ = std::string();
  if (decoded_.capacity() > kKeptMemory) decoded_ = std::string();
  return state_ == State::Finished && may_continue_ && !socket_.gone();
}

BodyStatus ConnectionExchange::read_body(std::string_view& body) {
  const BodyStatus status = reader_.read(body);
  if (status != BodyStatus::Whole) may_continue_ = false;
  return status;
}

void ConnectionExchange::cut() {
  if (state_ == State::Finished || state_ == State::Cut) return;
  // Only where the end of the connection is the end of the answer must it be a rude one; with any
  // other framing the client sees what is missing, and keeps what it has got.
  if (head_left_ && delimiter_ == Delimiter::End) socket_.reset_on_close();
  state_ = State::Cut;
  may_continue_ = false;
}

void ConnectionExchange::hand_over() {
  handed_over_ = head_left_ = true;
  may_continue_ = false;
  state_ = State::Finished;
}

// ---- the head --------------------------------------------------------------------------------

bool ConnectionExchange::begin_answer(int status, const wire::Headers& headers,
                                      bool keep_length) {
  if (head_left_ || state_ == State::Finished || state_ == State::Cut) return false;
  if (!unsendable(status, headers).empty()) return false;
  no_length_ = status == 204 || status == 304;
  bodiless_ = head_only_ || no_length_;
  head_.clear();
  body_.clear();
  taken_ = 0;
  facts_ = begin_head(head_, status, headers, status != 204 && (keep_length || bodiless_));
  if (facts_.chunked_by_hand) decoder_.reset();
  if (facts_.says_close) may_continue_ = false;
  state_ = State::Begun;
  return true;
}

void ConnectionExchange::close_head(Delimiter delimiter, std::uint64_t length) {
  if (may_continue_ && (entry_.stopping() || !reader_.drain(kDrain))) may_continue_ = false;
  delimiter_ = delimiter;
  if (delimiter == Delimiter::End) may_continue_ = false;
  const bool old = !refused_ && is_old();
  const std::string_view connection = !may_continue_ ? "close" : old ? "keep-alive" : "";
  const std::string_view date = facts_.has_date ? std::string_view() : date_.now();
  end_head(head_, date, delimiter, length, connection);
}

Delimiter ConnectionExchange::streaming_delimiter() const {
  if (bodiless_ || facts_.length) return Delimiter::None;
  return is_old() ? Delimiter::End : Delimiter::Chunks;
}

// ---- whole answers ---------------------------------------------------------------------------

bool ConnectionExchange::respond(int status, const wire::Headers& headers,
                                 std::string_view body) {
  if (!begin_answer(status, headers, false)) return false;
  return send_whole(body, true);
}

bool ConnectionExchange::send_whole(std::string_view body, bool length_known) {
  const bool declares = !no_length_ && !facts_.length && (!head_only_ || length_known);
  close_head(declares ? Delimiter::Length : Delimiter::None, body.size());
  if (bodiless_) body = {};
  head_left_ = true;
  state_ = State::Finished;
  body_sent_ = body.size();
  if (body.size() <= kCopied) return socket_.send(head_.append(body));
  std::array<iovec, 2> pieces{piece_of(head_), piece_of(body)};
  return socket_.send(pieces);
}

bool ConnectionExchange::send_file(int status, const wire::Headers& headers, int fd,
                                   std::uint64_t offset, std::uint64_t length) {
  if (!begin_answer(status, headers, false)) return false;
  const bool declares = !no_length_ && !facts_.length;
  close_head(declares ? Delimiter::Length : Delimiter::None, length);
  head_left_ = true;
  const bool with_body = !bodiless_ && length > 0;
  if (socket_.send(head_, with_body) && with_body) {
    socket_.send_file(fd, offset, length, body_sent_);
  }
  state_ = result() ? State::Finished : State::Cut;
  return result();
}

// ---- answers in pieces -----------------------------------------------------------------------

bool ConnectionExchange::begin(int status, const wire::Headers& headers) {
  return begin_answer(status, headers, true);
}

bool ConnectionExchange::write(std::string_view bytes) {
  if (state_ != State::Begun) return false;
  if (!facts_.chunked_by_hand) return take(bytes);
  std::size_t used = 0;
  decoded_.clear();
  if (decoder_.feed(bytes, used, decoded_) == ChunkedDecoder::Result::Malformed) {
    take(decoded_);
    cut();
    return false;
  }
  return take(decoded_);
}

bool ConnectionExchange::take(std::string_view bytes) {
  if (facts_.length && !head_only_) {
    const std::uint64_t left = *facts_.length - std::min(*facts_.length, taken_);
    bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
  }
  taken_ += bytes.size();
  if (bodiless_) return result();
  if (body_.size() + bytes.size() > kHold) return push(bytes, false);
  body_.append(bytes);
  return result();
}

bool ConnectionExchange::holds() const {
  return state_ == State::Begun && (!head_left_ || !body_.empty());
}

bool ConnectionExchange::flush() {
  if (state_ != State::Begun) return false;
  return holds() ? push({}, false) : result();
}

bool ConnectionExchange::push(std::string_view bytes, bool last) {
  if (!head_left_) close_head(streaming_delimiter(), 0);
  const bool sent = send_piece(bytes, last);
  head_left_ = true;
  head_.clear();
  body_.clear();
  return sent;
}

bool ConnectionExchange::send_piece(std::string_view bytes, bool last) {
  const std::size_t size = body_.size() + bytes.size();
  const bool chunks = delimiter_ == Delimiter::Chunks;
  std::array<char, 20> prefix;
  std::size_t prefix_size = 0;
  if (chunks && size > 0) {
    prefix_size = static_cast<std::size_t>(
        fmt::format_to_n(prefix.data(), prefix.size(), "{:x}\r\n", size).out - prefix.data());
  }
  std::string_view suffix;
  if (chunks) suffix = std::string_view("\r\n0\r\n\r\n").substr(size > 0 ? 0 : 2);
  if (chunks && !last) suffix = suffix.substr(0, size > 0 ? 2 : 0);
  std::array<iovec, 5> pieces{piece_of(head_left_ ? std::string_view() : head_),
                              piece_of({prefix.data(), prefix_size}), piece_of(body_),
                              piece_of(bytes), piece_of(suffix)};
  body_sent_ += size;
  return socket_.send(pieces);
}

bool ConnectionExchange::short_of_length() const {
  if (bodiless_) return false;
  if (facts_.chunked_by_hand) return !decoder_.done();
  return facts_.length && taken_ < *facts_.length;
}

bool ConnectionExchange::whole() const {
  if (state_ != State::Begun) return state_ == State::Finished;
  return bodiless_ || (facts_.length && taken_ >= *facts_.length);
}

bool ConnectionExchange::finish() {
  if (state_ != State::Begun) return false;
  if (short_of_length()) return finish_short();
  if (!head_left_) {
    // For HEAD the bytes that a careless function wrote are as many as GET would have got.
    body_sent_ = 0;
    if (head_only_ && taken_ > 0 && !facts_.length && !no_length_) {
      close_head(Delimiter::Length, taken_);
      head_left_ = true;
      state_ = State::Finished;
      return socket_.send(head_);
    }
    return send_whole(body_, !head_only_);
  }
  const bool sent = delimiter_ == Delimiter::Chunks || !body_.empty() ? push({}, true) : result();
  state_ = State::Finished;
  return sent;
}

bool ConnectionExchange::finish_short() {
  may_continue_ = false;
  push({}, false);
  cut();
  return false;
}

}  // namespace localfn::http
