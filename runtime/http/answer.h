// The head of an answer: status and headers → bytes, and what may not be sent.
//
// Pure, but for the clock behind Date.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/wire.h"

namespace localfn::http {

/// Why such an answer cannot be sent ("header X-A has a line break in its value"); empty when it
/// can. Exchange::begin() and respond() send exactly those for which this is empty.
std::string unsendable(int status, const wire::Headers& headers);
std::string unsendable(const wire::Headers& headers);

/// The usual phrase of a status; empty for one that has none (299, 999).
std::string_view reason_phrase(int status);

/// "Date: Mon, 23 Nov 2026 20:33:00 GMT\r\n", made once a second. One thread at a time.
class DateLine {
 public:
  std::string_view now();
  /// The same for a given second; the view is valid until the next call.
  std::string_view at(std::time_t second);

 private:
  std::time_t second_ = -1;
  std::string line_;
};

/// What the framing of an answer needs to know of its headers.
struct HeadFacts {
  std::optional<std::uint64_t> length;  ///< its Content-Length, which stays among the lines
  bool has_date = false;
  bool says_close = false;    ///< Connection: close
  bool chunked_by_hand = false;  ///< Transfer-Encoding: chunked: the body comes in chunks already
};

/// Appends the status line and the headers, in order, as given. Connection and Transfer-Encoding
/// are left out: they belong to the framing, which end_head() adds; so is Content-Length unless
/// `keep_length`. The headers must be sendable.
HeadFacts begin_head(std::string& out, int status, const wire::Headers& headers, bool keep_length);

enum class Delimiter { None, Length, Chunks, End };

/// Appends what is missing: Date, the framing header and Connection; then the empty line.
/// `connection` is empty where HTTP's default holds.
void end_head(std::string& out, std::string_view date_line, Delimiter delimiter,
              std::uint64_t length, std::string_view connection);

}  // namespace localfn::http
