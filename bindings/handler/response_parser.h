// What a function writes to its socket, cut into a head and a body.
//
// A handler class writes raw HTTP/1.x bytes, in pieces of any size. The parser turns them into a
// HeadFrame and body bytes as soon as they are known. Pure: no input or output, no Python. Used by
// the thread that holds the call's lock. Hostile input ends in failed(), never in an exception.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/wire.h"

namespace localfn {

class ResponseParser {
 public:
  /// Longest head (status line and headers) that is kept while its end is awaited.
  static constexpr std::size_t kMaxHead = 256 * 1024;

  /// Takes the next bytes. Returns the body bytes they hold; valid until the next call, and no
  /// longer than `bytes`. Heads with a 1xx status are skipped. A chunked body is decoded.
  std::string_view feed(std::string_view bytes);

  /// The function keeps a head back that it has begun: it forgot end_headers(), if what it writes
  /// first is no head.
  void note_unsent_head() { unsent_head_ = true; }

  /// The function will write no more: an unfinished head or chunked body becomes a failure.
  void finish();

  bool has_head() const { return has_head_; }
  /// Among the body's bytes there was a write that begins with a status line.
  bool has_second_head() const { return second_head_; }
  wire::HeadFrame& head() { return head_; }

  /// Anything at all was written.
  bool started() const { return started_; }

  bool failed() const { return state_ == State::Failed; }
  /// Why, in words: what was seen and what to do.
  const std::string& problem() const { return problem_; }

 private:
  enum class State : std::uint8_t {
    StatusLine,
    Headers,
    Body,
    ChunkSize,
    ChunkData,
    ChunkEnd,
    Trailers,
    Done,
    Failed
  };

  std::string_view body_of(std::string_view rest);
  std::string_view decode_chunks(std::string_view rest);
  void take_data(std::string_view& rest);
  bool take_line(std::string_view& rest, std::string_view& line);
  void take_status_line(std::string_view line);
  void take_header(std::string_view line);
  void take_chunk_size(std::string_view line);
  void end_of_headers();
  void end_of_head();
  void apply_framing();
  void refuse_early(std::string_view rest, bool at_end);
  std::string_view what_is_missing() const;
  void fail(std::string problem);

  State state_ = State::StatusLine;
  bool has_head_ = false;
  bool started_ = false;
  bool unsent_head_ = false;
  bool second_head_ = false;
  bool chunk_seen_ = false;
  std::uint64_t chunk_left_ = 0;
  std::size_t head_bytes_ = 0;
  wire::HeadFrame head_;
  std::string pending_;  ///< bytes whose line has no end yet
  std::string decoded_;  ///< what feed() returned, where it is not a part of its argument
  std::string problem_;
};

}  // namespace localfn
