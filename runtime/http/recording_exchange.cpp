#include "runtime/http/recording_exchange.h"

#include <unistd.h>

#include <algorithm>

#include "runtime/base/ascii.h"

namespace localfn::http {

void RecordingExchange::add(PassedBody& body, std::string_view bytes) const {
  const std::size_t room = most_ - std::min(most_, body.bytes.size());
  body.bytes.append(bytes.substr(0, room));
  if (bytes.size() > room) body.whole = false;
}

void RecordingExchange::note_head(int status, const wire::Headers& headers) {
  status_ = status;
  headers_ = headers;
  answer_ = {};
  // A body that the function has put into chunks by hand is decoded below this exchange.
  answer_.whole = std::none_of(headers.begin(), headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "transfer-encoding");
  });
}

BodyStatus RecordingExchange::read_body(std::string_view& body) {
  const BodyStatus status = inner_.read_body(body);
  request_ = {};
  if (status == BodyStatus::Whole) add(request_, body);
  return status;
}

BodyPiece RecordingExchange::read_body_piece(std::string_view& piece) {
  const BodyPiece got = inner_.read_body_piece(piece);
  if (got == BodyPiece::Data) add(request_, piece);
  return got;
}

bool RecordingExchange::respond(int status, const wire::Headers& headers, std::string_view body) {
  note_head(status, headers);
  add(answer_, body);
  return inner_.respond(status, headers, body);
}

bool RecordingExchange::begin(int status, const wire::Headers& headers) {
  note_head(status, headers);
  return inner_.begin(status, headers);
}

bool RecordingExchange::write(std::string_view bytes) {
  add(answer_, bytes);
  return inner_.write(bytes);
}

void RecordingExchange::cut() {
  status_ = 0;
  inner_.cut();
}

bool RecordingExchange::send_file(int status, const wire::Headers& headers, int fd,
                                  std::uint64_t offset, std::uint64_t length) {
  note_head(status, headers);
  const std::size_t wanted = std::min<std::uint64_t>(length, most_);
  std::string bytes(wanted, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  answer_.whole = bytes.size() == length;
  answer_.bytes = std::move(bytes);
  return inner_.send_file(status, headers, fd, offset, length);
}

void RecordingExchange::hand_over() {
  status_ = 0;
  inner_.hand_over();
}

}  // namespace localfn::http
