#include "runtime/http/proxy/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/characters.h"

namespace localfn::http {
namespace {

constexpr std::size_t kMostHeaders = 1000;

/// Where a head ends: after its first empty line. npos while that has not come.
std::size_t head_end(std::string_view bytes, std::size_t from) {
  for (std::size_t at = bytes.find('\n', from); at != bytes.npos; at = bytes.find('\n', at + 1)) {
    const std::string_view rest = bytes.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return bytes.npos;
}

/// The next line without its end; `text` goes on after it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// What was seen, for a message of one line.
std::string shown(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 60)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return '"' + text + '"';
}

}  // namespace

AnswerReader::State AnswerReader::malformed(std::string problem) {
  problem_ = std::move(problem);
  return state_ = State::Malformed;
}

AnswerReader::State AnswerReader::feed(std::string_view bytes, std::string& body) {
  while (state_ == State::Head && !bytes.empty()) {
    if (!read_head(bytes)) return state_;
  }
  return state_ == State::Body ? feed_body(bytes, body) : state_;
}

AnswerReader::State AnswerReader::end() {
  switch (state_) {
    case State::Head:
      return malformed(raw_.empty() ? "it ended the connection without an answer"
                                    : "it ended the connection within the answer's head");
    case State::Body:
      if (framing_ == Framing::End) return state_ = State::Done;
      return malformed("it ended the connection within the answer's body");
    case State::Done:
    case State::Malformed: break;
  }
  return state_;
}

// ---- the head --------------------------------------------------------------------------------

/// True when a head, final or interim, has been read; `bytes` is what follows it.
bool AnswerReader::read_head(std::string_view& bytes) {
  const std::size_t had = raw_.size();
  raw_.append(bytes.substr(0, kMostHead + 1 - had));
  // An end may lie across the border of what was there and what has come.
  const std::size_t end = head_end(raw_, had < 3 ? 0 : had - 3);
  if (end == raw_.npos) {
    // Garbage without any line end is recognised by its first bytes, not by its length.
    if (!std::string_view("HTTP/1.").starts_with(std::string_view(raw_).substr(0, 7))) {
      malformed(fmt::format("it answered {}, which is not HTTP/1.1", shown(raw_)));
    } else if (raw_.size() > kMostHead) {
      malformed(fmt::format("the head of its answer has more than {} KB", kMostHead / 1024));
    }
    return false;
  }
  bytes.remove_prefix(end - had);
  head_ = {};
  if (!read_lines(std::string_view(raw_).substr(0, end))) return false;
  raw_.clear();
  if (head_.status < 200) return true;
  raw_.shrink_to_fit();
  return decide_framing();
}

bool AnswerReader::read_lines(std::string_view lines) {
  if (!read_status(take_line(lines))) return false;
  while (!lines.empty()) {
    const std::string_view line = take_line(lines);
    if (line.empty()) break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (!(folded ? fold(line) : read_header(line))) return false;
  }
  return true;
}

bool AnswerReader::read_status(std::string_view line) {
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                      (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ');
  int status = 0;
  if (shaped) std::from_chars(line.data() + 9, line.data() + 12, status);
  if (status < 100) {
    malformed(fmt::format("it answered {}, which is not HTTP/1.1", shown(line)));
  } else if (status == 101) {
    malformed("it switched protocols, which it was not asked to do");
  } else {
    head_.status = static_cast<std::uint16_t>(status);
    return true;
  }
  return false;
}

bool AnswerReader::read_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) {
    malformed(fmt::format("its answer has the header line {}", shown(line)));
    return false;
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!all_inside(value, character_class::kField)) {
    malformed(fmt::format("its header {} has a control byte in its value",
                          shown(line.substr(0, colon))));
    return false;
  }
  if (head_.headers.size() >= kMostHeaders) {
    malformed(fmt::format("its answer has more than {} headers", kMostHeaders));
    return false;
  }
  head_.headers.emplace_back(line.substr(0, colon), value);
  return true;
}

/// A folded line belongs to the value before it (RFC 9112, 5.2): a blank takes the fold's place.
bool AnswerReader::fold(std::string_view line) {
  const std::string_view more = trim(line);
  if (head_.headers.empty() || !all_inside(more, character_class::kField)) {
    malformed(fmt::format("its answer has the header line {}", shown(line)));
    return false;
  }
  std::string& value = head_.headers.back().second;
  if (!value.empty() && !more.empty()) value += ' ';
  value.append(more);
  return true;
}

/// RFC 9112, 6.3. A Content-Length beside a Transfer-Encoding does not count, and is not passed on.
bool AnswerReader::decide_framing() {
  std::string codings;
  for (const auto& [name, value] : head_.headers) {
    if (same_word(name, "transfer-encoding")) {
      codings.append(codings.empty() ? "" : ", ").append(value);
    } else if (same_word(name, "content-length") && !note_length(value)) {
      return false;
    }
  }
  const bool bodiless = to_head_ || head_.status == 204 || head_.status == 304;
  if (!codings.empty()) {
    std::erase_if(head_.headers, [](const auto& h) { return same_word(h.first, "content-length"); });
    if (!bodiless && !same_word(codings, "chunked")) {
      malformed(fmt::format("its answer has the transfer encoding {}; only chunked is understood",
                            shown(codings)));
      return false;
    }
    framing_ = Framing::Chunks;
  } else {
    framing_ = has_length_ ? Framing::Length : Framing::End;
  }
  const bool empty = framing_ == Framing::Length && left_ == 0;
  state_ = bodiless || empty ? State::Done : State::Body;
  return true;
}

bool AnswerReader::note_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool number = error == std::errc() && end == value.data() + value.size();
  if (!number || (has_length_ && length != left_)) {
    malformed(number ? "its answer has two different Content-Length headers"
                     : fmt::format("its Content-Length is {}, not a number", shown(value)));
    return false;
  }
  has_length_ = true;
  left_ = length;
  return true;
}

// ---- the body --------------------------------------------------------------------------------

AnswerReader::State AnswerReader::feed_body(std::string_view bytes, std::string& body) {
  switch (framing_) {
    case Framing::End: body.append(bytes); break;
    case Framing::Length: {
      const auto piece =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      body.append(bytes.substr(0, piece));
      left_ -= piece;
      if (left_ == 0) state_ = State::Done;
      break;
    }
    case Framing::Chunks: {
      std::size_t used = 0;
      const auto result = decoder_.feed(bytes, used, body);
      if (result == ChunkedDecoder::Result::Done) state_ = State::Done;
      if (result == ChunkedDecoder::Result::Malformed) return malformed("its chunks are not framed as HTTP/1.1 says");
      break;
    }
  }
  return state_;
}

}  // namespace localfn::http
