#include "runtime/http/body_reader.h"

#include <algorithm>
#include <cstring>

namespace localfn::http {

namespace {

/// Memory for bodies that an idle connection keeps for its next one.
constexpr std::size_t kKeptMemory = 16 * 1024;

}  // namespace

void BodyReader::start(const Framing& framing) {
  framing_ = framing;
  state_ = State::Unread;
  status_ = BodyStatus::Whole;
  body_ = {};
  bytes_read_ = 0;
  if (counted_capacity_ > kKeptMemory) {
    counted_.reset();
    counted_capacity_ = 0;
  }
  if (chunked_.capacity() > kKeptMemory) chunked_ = std::string();
  if (framing.chunked) {
    chunked_.clear();
    decoder_.reset();
  }
}

BodyStatus BodyReader::read(std::string_view& body) {
  if (state_ == State::Unread) {
    status_ = read_whole();
    state_ = State::Read;
  }
  body = body_;
  return state_ == State::Drained && framing_.has_body() ? BodyStatus::Gone : status_;
}

BodyStatus BodyReader::read_whole() {
  if (!framing_.has_body()) return BodyStatus::Whole;
  if (!framing_.chunked && framing_.length > limits_.body) return BodyStatus::TooLarge;
  if (framing_.expects_continue && input_.unread().empty() && !send_continue()) {
    return BodyStatus::Gone;
  }
  return framing_.chunked ? read_chunked() : read_counted();
}

bool BodyReader::send_continue() { return socket_.send("HTTP/1.1 100 Continue\r\n\r\n"); }

// ---- Content-Length --------------------------------------------------------------------------

BodyStatus BodyReader::read_counted() {
  const auto length = static_cast<std::size_t>(framing_.length);
  const std::string_view arrived = input_.unread().substr(0, length);
  bytes_read_ = arrived.size();
  input_.use(arrived.size());
  if (arrived.size() == length) {
    body_ = arrived;
    return BodyStatus::Whole;
  }
  reserve(length);
  std::memcpy(counted_.get(), arrived.data(), arrived.size());
  return fill_counted(arrived.size(), length);
}

BodyStatus BodyReader::fill_counted(std::size_t have, std::size_t length) {
  while (have < length) {
    std::size_t received = 0;
    const std::span<char> rest(counted_.get() + have, length - have);
    switch (socket_.receive(rest, received, Deadline::after(limits_.progress_time))) {
      case ReadResult::Data: break;
      case ReadResult::TimedOut: return BodyStatus::TimedOut;
      case ReadResult::Nothing:
      case ReadResult::Ended: return BodyStatus::Gone;
    }
    have += received;
    bytes_read_ = have;
  }
  body_ = {counted_.get(), length};
  return BodyStatus::Whole;
}

void BodyReader::reserve(std::size_t bytes) {
  if (bytes <= counted_capacity_) return;
  counted_ = std::make_unique_for_overwrite<char[]>(bytes);
  counted_capacity_ = bytes;
}

// ---- chunks ----------------------------------------------------------------------------------

BodyStatus BodyReader::read_chunked() {
  while (true) {
    std::size_t used = 0;
    const auto result = decoder_.feed(input_.unread(), used, chunked_);
    input_.use(used);
    bytes_read_ = chunked_.size();
    if (result == ChunkedDecoder::Result::Malformed) return BodyStatus::Malformed;
    if (chunked_.size() > limits_.body) return BodyStatus::TooLarge;
    if (result == ChunkedDecoder::Result::Done) break;
    if (const BodyStatus status = receive_more(); status != BodyStatus::Whole) return status;
  }
  body_ = chunked_;
  return BodyStatus::Whole;
}

BodyStatus BodyReader::receive_more() {
  std::size_t received = 0;
  const auto deadline = Deadline::after(limits_.progress_time);
  switch (socket_.receive(input_.space(), received, deadline)) {
    case ReadResult::Data: input_.filled(received); return BodyStatus::Whole;
    case ReadResult::TimedOut: return BodyStatus::TimedOut;
    case ReadResult::Nothing:
    case ReadResult::Ended: break;
  }
  return BodyStatus::Gone;
}

// ---- pieces ------------------------------------------------------------------------------------

BodyPiece BodyReader::read_piece(std::string_view& piece) {
  piece = {};
  if (state_ == State::Unread && !begin_pieces()) return BodyPiece::Gone;
  if (state_ == State::Ended) return BodyPiece::End;
  if (state_ != State::Pieces) return BodyPiece::Gone;
  while (true) {
    if (!input_.unread().empty()) {
      const BodyPiece got = framing_.chunked ? chunked_piece(piece) : counted_piece(piece);
      bytes_read_ += piece.size();
      if (got != BodyPiece::Pending) return got;
    }
    if (const BodyPiece got = receive_piece(); got != BodyPiece::Data) return got;
  }
}

bool BodyReader::begin_pieces() {
  state_ = framing_.has_body() ? State::Pieces : State::Ended;
  left_ = framing_.length;
  return !framing_.expects_continue || !framing_.has_body() || !input_.unread().empty() ||
         send_continue();
}

BodyPiece BodyReader::receive_piece() {
  std::size_t received = 0;
  switch (socket_.receive_now(input_.space(), received)) {
    case ReadResult::Data: input_.filled(received); return BodyPiece::Data;
    case ReadResult::Nothing: return BodyPiece::Pending;
    case ReadResult::TimedOut:
    case ReadResult::Ended: break;
  }
  return BodyPiece::Gone;
}

BodyPiece BodyReader::counted_piece(std::string_view& piece) {
  const std::string_view arrived = input_.unread();
  piece = arrived.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, arrived.size())));
  input_.use(piece.size());
  left_ -= piece.size();
  if (left_ == 0) state_ = State::Ended;
  return BodyPiece::Data;
}

/// Pending: these bytes were framing only.
BodyPiece BodyReader::chunked_piece(std::string_view& piece) {
  std::size_t used = 0;
  chunked_.clear();
  const auto result = decoder_.feed(input_.unread(), used, chunked_);
  input_.use(used);
  if (result == ChunkedDecoder::Result::Malformed) return BodyPiece::Malformed;
  if (result == ChunkedDecoder::Result::Done) state_ = State::Ended;
  piece = chunked_;
  if (!piece.empty()) return BodyPiece::Data;
  return state_ == State::Ended ? BodyPiece::End : BodyPiece::Pending;
}

// ---- unwanted bodies -------------------------------------------------------------------------

bool BodyReader::drain(std::size_t limit) {
  if (state_ == State::Pieces) return false;
  if (state_ != State::Unread) return status_ == BodyStatus::Whole;
  state_ = State::Drained;
  if (!framing_.has_body()) return true;
  const bool drained = framing_.chunked ? drain_chunked(limit) : drain_counted(limit);
  status_ = drained ? BodyStatus::Whole : BodyStatus::Gone;
  return drained;
}

bool BodyReader::drain_counted(std::size_t limit) {
  std::uint64_t left = framing_.length;
  if (left > limit) return false;
  while (true) {
    const auto arrived =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, input_.unread().size()));
    input_.use(arrived);
    left -= arrived;
    if (left == 0) return true;
    std::size_t received = 0;
    if (socket_.receive_now(input_.space(), received) != ReadResult::Data) return false;
    input_.filled(received);
  }
}

bool BodyReader::drain_chunked(std::size_t limit) {
  for (std::size_t drained = 0; drained <= limit;) {
    std::size_t used = 0;
    const auto result = decoder_.feed(input_.unread(), used, chunked_);
    input_.use(used);
    drained += used;
    chunked_.clear();
    if (result != ChunkedDecoder::Result::NeedMore) return result == ChunkedDecoder::Result::Done;
    std::size_t received = 0;
    if (socket_.receive_now(input_.space(), received) != ReadResult::Data) return false;
    input_.filled(received);
  }
  return false;
}

}  // namespace localfn::http
