#include "runtime/http/chunked.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"

namespace localfn::http {

namespace {

constexpr std::size_t kMaxDigits = 15;           // 2^60: no overflow, and far above any limit
constexpr std::size_t kMaxExtension = 1024;      // bytes after the size in one line
constexpr std::size_t kMaxTrailers = 16 * 1024;  // bytes of all trailers

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool in_class(char c, std::uint8_t wanted) {
  return (character_class::kTable[static_cast<unsigned char>(c)] & wanted) != 0;
}

}  // namespace

ChunkedDecoder::Result ChunkedDecoder::feed(std::string_view input, std::size_t& consumed,
                                            std::string& out) {
  consumed = 0;
  while (consumed < input.size() && state_ != State::Done) {
    if (state_ == State::Data) {
      const auto piece =
          static_cast<std::size_t>(std::min<std::uint64_t>(size_, input.size() - consumed));
      out.append(input.substr(consumed, piece));
      consumed += piece;
      size_ -= piece;
      if (size_ == 0) state_ = State::DataCr;
    } else if (!take(input[consumed++])) {
      return Result::Malformed;
    }
  }
  return state_ == State::Done ? Result::Done : Result::NeedMore;
}

bool ChunkedDecoder::take(char byte) {
  switch (state_) {
    case State::Size: return take_size(byte);
    case State::Extension: return take_extension(byte);
    case State::SizeEnd: return byte == '\n' && end_size_line();
    case State::DataCr: state_ = State::DataLf; return byte == '\r';
    case State::DataLf:
      state_ = State::Size;
      size_ = digits_ = 0;
      return byte == '\n';
    case State::Trailer: return take_trailer(byte);
    case State::TrailerEnd: return byte == '\n' && end_trailer_line();
    case State::Data:
    case State::Done: break;
  }
  return false;
}

bool ChunkedDecoder::take_size(char byte) {
  if (const int value = hex_value(byte); value >= 0) {
    size_ = size_ * 16 + static_cast<std::uint64_t>(value);
    return ++digits_ <= kMaxDigits;
  }
  if (digits_ == 0) return false;
  line_ = 0;
  has_mark_ = false;
  state_ = State::Extension;
  return take_extension(byte);
}

bool ChunkedDecoder::take_extension(char byte) {
  if (byte == '\r') {
    state_ = State::SizeEnd;
    return true;
  }
  if (byte == ';') has_mark_ = true;
  // RFC 9112, 7.1.1: nothing but blanks may stand between the size and the first semicolon.
  const bool allowed = has_mark_ ? in_class(byte, character_class::kField)
                                 : byte == ' ' || byte == '\t';
  return allowed && ++line_ <= kMaxExtension;
}

bool ChunkedDecoder::end_size_line() {
  line_ = trailers_ = 0;
  has_mark_ = false;
  state_ = size_ > 0 ? State::Data : State::Trailer;
  return true;
}

bool ChunkedDecoder::take_trailer(char byte) {
  if (byte == '\r') {
    state_ = State::TrailerEnd;
    return true;
  }
  if (byte == ':' && line_ > 0) has_mark_ = true;
  ++line_;
  const auto wanted = has_mark_ ? character_class::kField : character_class::kToken;
  return ++trailers_ <= kMaxTrailers && in_class(byte, wanted);
}

bool ChunkedDecoder::end_trailer_line() {
  const bool last = line_ == 0;
  if (!last && !has_mark_) return false;
  line_ = 0;
  has_mark_ = false;
  state_ = last ? State::Done : State::Trailer;
  return true;
}

}  // namespace localfn::http
