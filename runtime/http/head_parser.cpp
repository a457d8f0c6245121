#include "runtime/http/head_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "runtime/base/characters.h"

namespace localfn::http {

namespace {

constexpr char kMalformed[] = "MALFORMED_REQUEST_HEADER";
constexpr char kUrlTooLong[] = "URL_TOO_LONG";
constexpr char kHeaderTooLarge[] = "REQUEST_HEADER_TOO_LARGE";

/// What a request line holds beside its target: the method, blanks and the version.
constexpr std::size_t kBesideTarget = 256;

}  // namespace

void HeadParser::reset() {
  request_.headers.clear();
  framing_ = Framing{};
  refusal_ = Refusal{};
  scanned_ = line_start_ = head_start_ = lines_ = 0;
  has_length_ = has_coding_ = has_host_ = says_close_ = says_keep_alive_ = false;
  request_.method = request_.target = request_.path = request_.query = request_.host = {};
  request_.version = request_.request_line = request_.header_block = authority_ = {};
  request_.has_query = false;
}

HeadParser::Result HeadParser::refuse(int status, const char* code, std::string reason) {
  refusal_.status = status;
  refusal_.code = code;
  refusal_.reason = std::move(reason);
  return Result::Refused;
}

HeadParser::Result HeadParser::malformed(std::string reason) {
  return refuse(400, kMalformed, std::move(reason));
}

// ---- finding the end -------------------------------------------------------------------------

HeadParser::Result HeadParser::feed(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const char* const found = static_cast<const char*>(
        std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_));
    if (!found) {
      scanned_ = bytes.size();
      break;
    }
    const auto line_end = static_cast<std::size_t>(found - bytes.data());
    if (line_end == line_start_ || bytes[line_end - 1] != '\r') {
      refusal_ = unfinished(bytes, 400, kMalformed, "a line of the head ends with LF without CR");
      return Result::Refused;
    }
    const std::string_view line = bytes.substr(line_start_, line_end - 1 - line_start_);
    scanned_ = line_start_ = line_end + 1;
    if (line.empty() && lines_ > 0) return parse(bytes);
    if (line.empty()) {
      head_start_ = scanned_;  // RFC 9112, 2.2: empty lines before a request are ignored
    } else if (!line_allowed(line)) {
      refusal_ = unfinished(bytes, refusal_.status, refusal_.code, refusal_.reason);
      return Result::Refused;
    }
    if (scanned_ > limits_.head) break;
  }
  return check_open_line(bytes);
}

bool HeadParser::line_allowed(std::string_view line) {
  if (lines_++ == 0) {
    if (line.size() <= limits_.target + kBesideTarget) return true;
    refuse(414, kUrlTooLong,
           fmt::format("the request line has {} bytes, its target may have {}", line.size(),
                       limits_.target));
    return false;
  }
  if (line.size() > limits_.header_line) {
    refuse(431, kHeaderTooLarge,
           fmt::format("a header has {} bytes, the limit is {}", line.size(), limits_.header_line));
    return false;
  }
  if (lines_ - 1 <= limits_.header_count) return true;
  refuse(431, kHeaderTooLarge, fmt::format("more than {} headers", limits_.header_count));
  return false;
}

HeadParser::Result HeadParser::check_open_line(std::string_view bytes) {
  const std::size_t open = bytes.size() - line_start_;
  const bool in_request_line = lines_ == 0;
  if (in_request_line && open > 0 && bytes[line_start_] != '\r' &&
      !is_token(bytes.substr(line_start_, 1))) {
    // A TLS hello and other binary talk would otherwise keep the connection until the deadline.
    return malformed(fmt::format("a request starts with its method, not with byte {}",
                                 byte_name(bytes[line_start_])));
  }
  if (in_request_line && open > limits_.target + kBesideTarget) {
    refusal_ = unfinished(bytes, 414, kUrlTooLong,
                          fmt::format("the target has more than {} bytes", limits_.target));
    return Result::Refused;
  }
  if (!in_request_line && open > limits_.header_line + 1) {  // + 1: its CR may have arrived
    refusal_ = unfinished(bytes, 431, kHeaderTooLarge,
                          fmt::format("a header has more than {} bytes", limits_.header_line));
    return Result::Refused;
  }
  if (bytes.size() > limits_.head) {
    refusal_ = unfinished(bytes, 431, kHeaderTooLarge,
                          fmt::format("the head has more than {} bytes", limits_.head));
    return Result::Refused;
  }
  return Result::NeedMore;
}

Refusal HeadParser::unfinished(std::string_view bytes, int status, std::string code,
                               std::string reason) {
  Refusal refusal;
  refusal.status = status;
  refusal.code = std::move(code);
  refusal.reason = std::move(reason);
  std::string_view head = bytes.substr(std::min(head_start_, bytes.size()));
  const std::string_view first = head.substr(0, head.find('\r'));
  const std::size_t blank = first.find(' ');
  if (blank == first.npos || !is_token(first.substr(0, blank))) return refusal;
  refusal.method = first.substr(0, blank);
  const std::string_view target = first.substr(blank + 1, first.find(' ', blank + 1) - blank - 1);
  if (all_inside(target, character_class::kTarget)) refusal.target = target;
  for (std::size_t end; (end = head.find('\n')) != head.npos;) {
    head.remove_prefix(end + 1);
    const std::string_view line = head.substr(0, head.find('\r'));
    if (line.size() > 7 && same_word(line.substr(0, 7), "accept:")) {
      refusal.accept = trim(line.substr(7));
      break;
    }
  }
  return refusal;
}

// ---- the whole head --------------------------------------------------------------------------

HeadParser::Result HeadParser::parse(std::string_view bytes) {
  const std::string_view head = bytes.substr(head_start_, scanned_ - head_start_);
  const std::size_t line_end = head.find("\r\n");
  const std::string_view lines = head.substr(line_end + 2, head.size() - line_end - 4);
  if (scanned_ > limits_.head) {
    refuse(431, kHeaderTooLarge, fmt::format("the head has {} bytes, the limit is {}", scanned_,
                                             limits_.head));
  } else if (parse_request_line(head.substr(0, line_end)) && parse_headers(lines) &&
             check_framing()) {
    return Result::Complete;
  }
  refusal_ = unfinished(bytes.substr(0, scanned_), refusal_.status, refusal_.code, refusal_.reason);
  return Result::Refused;
}

// ---- headers ---------------------------------------------------------------------------------

bool HeadParser::parse_headers(std::string_view lines) {
  request_.header_block = lines;
  while (!lines.empty()) {
    const auto end = static_cast<std::size_t>(
        static_cast<const char*>(std::memchr(lines.data(), '\n', lines.size())) - lines.data());
    if (!parse_header(lines.substr(0, end - 1))) return false;
    lines.remove_prefix(end + 1);
  }
  return true;
}

bool HeadParser::parse_header(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    malformed("a header is folded over two lines");
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == line.npos) {
    malformed("a header has no colon");
    return false;
  }
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) {
    malformed(name.empty() ? "a header has no name"
                           : "the name of a header has a blank or another byte it may not have");
    return false;
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (const std::size_t bad = first_outside(value, character_class::kField); bad != value.npos) {
    malformed(fmt::format("header {} has the byte {} in its value", name, byte_name(value[bad])));
    return false;
  }
  request_.headers.emplace_back(name, value);
  return note(name, value);
}

bool HeadParser::note(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4: return !same_word(name, "host") || note_host(value);
    case 6:
      if (same_word(name, "expect")) framing_.expects_continue |= same_word(value, "100-continue");
      return true;
    case 10:
      if (same_word(name, "connection")) {
        says_close_ |= list_has(value, "close");
        says_keep_alive_ |= list_has(value, "keep-alive");
      }
      return true;
    case 14: return !same_word(name, "content-length") || note_length(value);
    case 17: return !same_word(name, "transfer-encoding") || note_coding(value);
    default: return true;
  }
}

bool HeadParser::note_host(std::string_view value) {
  if (has_host_) {
    malformed("two Host headers");
    return false;
  }
  has_host_ = true;
  request_.host = value;
  if (all_inside(value, character_class::kHost)) return true;
  malformed("the Host header is not a host");
  return false;
}

bool HeadParser::note_length(std::string_view value) {
  if (has_length_) {
    // Even equal ones: the function gets the headers as sent and would have to choose.
    malformed("two Content-Length headers");
    return false;
  }
  has_length_ = true;
  bool valid = !value.empty();
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  for (const char c : value) {
    if (c < '0' || c > '9') {
      valid = false;
      break;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    const bool overflows = framing_.length > (kMax - digit) / 10;
    framing_.length = overflows ? kMax : framing_.length * 10 + digit;
  }
  if (valid) return true;
  malformed("Content-Length is not a number");
  return false;
}

bool HeadParser::note_coding(std::string_view value) {
  if (has_coding_) {
    malformed("two Transfer-Encoding headers");
    return false;
  }
  has_coding_ = true;
  if (same_word(value, "chunked")) {
    framing_.chunked = true;
    return true;
  }
  if (value.empty()) {
    malformed("Transfer-Encoding is empty");
  } else {
    refuse(501, "NOT_IMPLEMENTED",
           fmt::format("Transfer-Encoding is {}, only chunked is known", value));
  }
  return false;
}

bool HeadParser::check_framing() {
  const bool old = request_.version == "HTTP/1.0";
  if (has_length_ && has_coding_) {
    malformed("both Content-Length and Transfer-Encoding");
    return false;
  }
  if (has_coding_ && old) {
    malformed("Transfer-Encoding in an HTTP/1.0 request");
    return false;
  }
  if (!has_host_ && !old) {
    malformed("no Host header");
    return false;
  }
  if (!authority_.empty()) request_.host = authority_;
  if (old) framing_.expects_continue = false;  // such a client does not know the interim answer
  framing_.keep_alive = !says_close_ && (!old || says_keep_alive_);
  return true;
}

}  // namespace localfn::http
