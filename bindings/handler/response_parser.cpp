#include "bindings/handler/response_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bindings/handler/text.h"
#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"

namespace localfn {
namespace {

constexpr std::string_view kPrefix = "HTTP/";
constexpr std::size_t kEnoughToQuote = 64;
constexpr std::size_t kMaxChunkLine = 4096;

/// The status in "HTTP/1.1 200 OK"; 0 when the line is not of that form.
int parse_status(std::string_view line, std::string_view& reason) {
  if (line.size() < 12 || line.substr(0, 5) != kPrefix || !is_digit(line[5]) || line[6] != '.' ||
      !is_digit(line[7]) || line[8] != ' ') {
    return 0;
  }
  const std::string_view code = line.substr(9, 3);
  if (!std::all_of(code.begin(), code.end(), is_digit)) return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  reason = line.size() > 13 ? line.substr(13) : std::string_view{};
  return (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
}

bool begins_with_status_line(std::string_view bytes) {
  std::string_view reason;
  return bytes.starts_with(kPrefix) &&
         parse_status(bytes.substr(0, bytes.find('\r')), reason) >= 100;
}

bool looks_like_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon));
}

}  // namespace

std::string_view ResponseParser::feed(std::string_view bytes) {
  started_ = started_ || !bytes.empty();
  if (state_ == State::Body) {
    second_head_ = second_head_ || begins_with_status_line(bytes);
    return bytes;
  }
  if (state_ == State::Done || state_ == State::Failed) return {};
  std::string held;
  std::string_view rest = bytes;
  if (!pending_.empty()) {
    held = std::exchange(pending_, {});
    held.append(bytes);
    rest = held;
  }
  std::string_view line;
  while ((state_ == State::StatusLine || state_ == State::Headers) && take_line(rest, line)) {
    if (state_ == State::StatusLine)
      take_status_line(line);
    else if (line.empty())
      end_of_headers();
    else
      take_header(line);
  }
  if (state_ == State::StatusLine) refuse_early(rest, false);
  if (state_ == State::Failed) return {};
  if (!has_head_) {
    if (head_bytes_ + rest.size() > kMaxHead) {
      fail(fmt::format("its response head is over {} bytes", kMaxHead));
    } else {
      pending_.assign(rest);
    }
    return {};
  }
  std::string_view body = body_of(rest);
  if (!held.empty() && body.data() != decoded_.data()) {
    decoded_.assign(body);
    body = decoded_;
  }
  return body;
}

std::string_view ResponseParser::body_of(std::string_view rest) {
  return state_ == State::Body ? rest : decode_chunks(rest);
}

bool ResponseParser::take_line(std::string_view& rest, std::string_view& line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  rest.remove_prefix(end + 1);
  if (!has_head_) head_bytes_ += end + 1;
  if (!has_head_ && head_bytes_ > kMaxHead) {
    fail(fmt::format("its response head is over {} bytes", kMaxHead));
    return false;
  }
  return true;
}

void ResponseParser::refuse_early(std::string_view rest, bool at_end) {
  // The line is quoted in the message, so the verdict waits for enough of it, however it is cut.
  const std::size_t known = std::min(rest.size(), kPrefix.size());
  if (rest.substr(0, known) == kPrefix.substr(0, known)) {
    if (at_end) fail(fmt::format("its status line {} has no end", quote(rest)));
    return;
  }
  if (rest.size() >= kEnoughToQuote || at_end) {
    fail(fmt::format("it wrote {} before {}", quote(rest.substr(0, kEnoughToQuote)),
                     what_is_missing()));
  }
}

std::string_view ResponseParser::what_is_missing() const {
  return unsent_head_ ? "calling end_headers(), which sends the status line and the headers"
                      : "a status line; call send_response() first";
}

void ResponseParser::take_status_line(std::string_view line) {
  std::string_view reason;
  const int status = parse_status(line, reason);
  if (status >= 100 && is_field_value(reason)) {
    head_ = wire::HeadFrame{static_cast<std::uint16_t>(status), std::string(reason), {}};
    head_.headers.reserve(8);
    state_ = State::Headers;
    return;
  }
  const std::string seen = quote(line.substr(0, kEnoughToQuote));
  if (line.substr(0, kPrefix.size()) == kPrefix) {
    fail(fmt::format("its status line {} is not \"HTTP/1.x CODE REASON\" with a code of 100 to 999",
                     seen));
  } else if (line.empty()) {
    fail(fmt::format("it wrote an empty line before {}", what_is_missing()));
  } else if (looks_like_header(line)) {
    fail(fmt::format("it wrote the header {} without a status line; call send_response() first",
                     seen));
  } else {
    fail(fmt::format("it wrote {} before {}", seen, what_is_missing()));
  }
}

void ResponseParser::take_header(std::string_view line) {
  if ((line.front() == ' ' || line.front() == '\t') && !head_.headers.empty()) {
    // An obsolete folded line continues the value above it.
    const std::string_view more = trim(line);
    if (!is_field_value(more))
      return fail(fmt::format("its header line {} holds control characters", quote(line)));
    head_.headers.back().second.append(" ").append(more);
    return;
  }
  if (begins_with_status_line(line)) {
    return fail(fmt::format(
        "its head has a second status line {}: send_response() was called twice before end_headers()",
        quote(line.substr(0, kEnoughToQuote))));
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return fail(
        fmt::format("its header line {} has no colon", quote(line.substr(0, kEnoughToQuote))));
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) {
    return fail(
        fmt::format("{} is not a name for a header", quote(name.substr(0, kEnoughToQuote))));
  }
  if (!is_field_value(value)) {
    return fail(fmt::format("the value of its header {} holds control characters", name));
  }
  head_.headers.emplace_back(name, value);
}

void ResponseParser::end_of_headers() {
  if (head_.status == 101) {
    fail("it answered 101 Switching Protocols, which a handler class cannot do here");
  } else if (head_.status < 200) {
    state_ = State::StatusLine;
  } else {
    end_of_head();
  }
}

void ResponseParser::end_of_head() {
  has_head_ = true;
  state_ = State::Body;
  apply_framing();
}

void ResponseParser::apply_framing() {
  const auto is_coding = [](const wire::Header& header) {
    return equal_ignoring_case(header.first, "transfer-encoding");
  };
  const auto coding = std::find_if(head_.headers.begin(), head_.headers.end(), is_coding);
  if (coding == head_.headers.end() || equal_ignoring_case(coding->second, "identity")) return;
  if (!equal_ignoring_case(coding->second, "chunked")) {
    return fail(fmt::format("its Transfer-Encoding {} is not \"chunked\"", quote(coding->second)));
  }
  // Decoded here; the host frames the body anew. A Content-Length beside it is void (RFC 9112 6.3).
  std::erase_if(head_.headers, [&](const wire::Header& header) {
    return is_coding(header) || equal_ignoring_case(header.first, "content-length");
  });
  state_ = State::ChunkSize;
}

std::string_view ResponseParser::decode_chunks(std::string_view rest) {
  decoded_.clear();
  std::string_view line;
  while (!rest.empty()) {
    if (state_ == State::ChunkData) {
      take_data(rest);
      continue;
    }
    if (state_ == State::Done || state_ == State::Failed) break;
    if (!take_line(rest, line)) {
      if (rest.size() > kMaxChunkLine)
        fail("its chunked body has a chunk size line without an end");
      else
        pending_.assign(rest);
      break;
    }
    if (state_ == State::ChunkSize) {
      take_chunk_size(line);
    } else if (state_ == State::ChunkEnd) {
      if (line.empty())
        state_ = State::ChunkSize;
      else
        fail("its chunked body has a chunk that is longer than its size says");
    } else if (line.empty()) {
      state_ = State::Done;
    }
  }
  return decoded_;
}

void ResponseParser::take_data(std::string_view& rest) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, rest.size()));
  decoded_.append(rest.substr(0, taken));
  rest.remove_prefix(taken);
  chunk_left_ -= taken;
  if (chunk_left_ == 0) state_ = State::ChunkEnd;
}

void ResponseParser::take_chunk_size(std::string_view line) {
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  chunk_seen_ = true;
  std::uint64_t size = 0;
  bool good = !digits.empty() && digits.size() <= 15;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    good = good && digit >= 0;
    size = size * 16 + static_cast<std::uint64_t>(digit < 0 ? 0 : digit);
  }
  if (!good) {
    return fail(
        fmt::format("it announced Transfer-Encoding: chunked, but wrote {} where a chunk "
                    "size belongs",
                    quote(line.substr(0, kEnoughToQuote))));
  }
  chunk_left_ = size;
  state_ = size == 0 ? State::Trailers : State::ChunkData;
}

void ResponseParser::finish() {
  if (state_ == State::Failed || !started_) return;
  switch (state_) {
    case State::StatusLine:
      if (!pending_.empty())
        refuse_early(pending_, true);
      else
        fail("it sent an interim head, but no final one");
      break;
    case State::Headers:
      fail("its response head does not end with an empty line; end_headers() was not called");
      break;
    case State::ChunkSize:
      // No chunk at all is what an answer to HEAD looks like.
      if (chunk_seen_ || !pending_.empty()) fail("its chunked body ends before the last chunk");
      break;
    case State::ChunkData:
    case State::ChunkEnd:
      fail("its chunked body ends before the last chunk");
      break;
    default:
      break;
  }
}

void ResponseParser::fail(std::string problem) {
  problem_ = std::move(problem);
  state_ = State::Failed;
}

}  // namespace localfn
