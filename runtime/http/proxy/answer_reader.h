// Another server's answer: bytes → status, headers and body.
//
// Pure. Strict where two readers could disagree on where the answer ends; lenient where old servers
// are merely untidy (lines that end in LF alone, folded header lines). Interim answers are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/wire.h"
#include "runtime/http/chunked.h"

namespace localfn::http {

class AnswerReader {
 public:
  enum class State { Head, Body, Done, Malformed };

  /// A head, interim ones not counted, may have this many bytes.
  static constexpr std::size_t kMostHead = 64 * 1024;

  /// `to_head`: the request was a HEAD, so no body follows.
  explicit AnswerReader(bool to_head) : to_head_(to_head) {}

  /// Takes what has arrived. The head is there once the state is beyond Head; bytes of the body are
  /// appended to `body`. What follows a Done answer is ignored.
  State feed(std::string_view bytes, std::string& body);

  /// The server has ended the connection: Done when that is how the answer ends, else Malformed.
  State end();

  State state() const { return state_; }
  wire::HeadFrame& head() { return head_; }
  const std::string& problem() const { return problem_; }  ///< after Malformed

 private:
  enum class Framing { Chunks, Length, End };

  State malformed(std::string problem);
  bool read_head(std::string_view& bytes);
  bool read_lines(std::string_view lines);
  bool read_status(std::string_view line);
  bool read_header(std::string_view line);
  bool fold(std::string_view line);
  bool decide_framing();
  bool note_length(std::string_view value);
  State feed_body(std::string_view bytes, std::string& body);

  const bool to_head_;
  State state_ = State::Head;
  std::string raw_;  ///< of the head, until it is complete
  wire::HeadFrame head_;
  Framing framing_ = Framing::End;
  bool has_length_ = false;
  std::uint64_t left_ = 0;  ///< of a body with a length
  ChunkedDecoder decoder_;
  std::string problem_;
};

}  // namespace localfn::http
