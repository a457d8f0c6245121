// The head of a request: bytes → Request and Framing, or a Refusal.
//
// Pure and fuzzed. What two readers could understand in two ways is refused, never guessed: a
// request smuggled past one of them starts with such a guess.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/http/front.h"

namespace localfn::http {

/// How the request's body is delimited, and what is to become of the connection.
struct Framing {
  bool chunked = false;
  std::uint64_t length = 0;  ///< of the body when not chunked; the largest value when it overflows
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const { return chunked || length > 0; }
};

/// Reads one head after another. The same bytes, and more of them, are given to feed() until it
/// says other than NeedMore; only the new ones are looked at.
class HeadParser {
 public:
  enum class Result { NeedMore, Complete, Refused };

  explicit HeadParser(const Limits& limits) : limits_(limits) {}

  /// Forgets the last head, keeps the memory.
  void reset();

  /// `bytes`: all that has arrived from the start of the head on. On Complete the request's views
  /// point into them.
  Result feed(std::string_view bytes);

  std::size_t head_size() const { return scanned_; }  ///< after Complete: the body starts here
  Request& request() { return request_; }
  const Request& request() const { return request_; }
  const Framing& framing() const { return framing_; }

  /// After Refused.
  const Refusal& refusal() const { return refusal_; }

  /// A Refusal for a head that never became complete, with what can be told from `bytes`.
  Refusal unfinished(std::string_view bytes, int status, std::string code, std::string reason);

 private:
  Result refuse(int status, const char* code, std::string reason);
  Result malformed(std::string reason);
  Result check_open_line(std::string_view bytes);
  bool line_allowed(std::string_view line);
  Result parse(std::string_view bytes);
  bool parse_request_line(std::string_view line);
  bool parse_version(std::string_view version);
  bool parse_target(std::string_view target);
  bool parse_absolute(std::string_view target, std::size_t authority);
  void split_query(std::string_view target);
  bool parse_headers(std::string_view lines);
  bool parse_header(std::string_view line);
  bool note(std::string_view name, std::string_view value);
  bool note_length(std::string_view value);
  bool note_coding(std::string_view value);
  bool note_host(std::string_view value);
  bool check_framing();

  Limits limits_;
  Request request_;
  Framing framing_;
  Refusal refusal_;
  std::string rewritten_target_;  ///< for "http://host?query", of which the path is nowhere as such

  std::size_t scanned_ = 0;     ///< bytes looked at
  std::size_t line_start_ = 0;  ///< of the line that has not ended yet
  std::size_t head_start_ = 0;  ///< after the empty lines before the request line
  std::size_t lines_ = 0;       ///< ended lines, the request line included

  bool has_length_ = false;
  bool has_coding_ = false;
  bool has_host_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  std::string_view authority_;  ///< of an absolute-form target: it wins over Host
};

}  // namespace localfn::http
