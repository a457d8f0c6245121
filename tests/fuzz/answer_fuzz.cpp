// Any bytes as another server's answer: no crash, and the same answer however the bytes are cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/http/proxy/answer_reader.h"

namespace {

using localfn::http::AnswerReader;

void require(bool good) {
  if (!good) std::abort();
}

bool is_over(AnswerReader::State state) {
  return state == AnswerReader::State::Done || state == AnswerReader::State::Malformed;
}

struct Reading {
  AnswerReader reader;
  std::string body;

  // `step` bytes at a time, then the end of the connection.
  Reading(bool to_head, std::string_view bytes, std::size_t step) : reader(to_head) {
    while (!bytes.empty() && !is_over(reader.state())) {
      const auto piece = bytes.substr(0, step);
      bytes.remove_prefix(piece.size());
      require(reader.feed(piece, body) == reader.state());
    }
    if (!is_over(reader.state())) require(is_over(reader.end()));
  }
};

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check_head(AnswerReader& reader) {
  const auto& head = reader.head();
  require(head.status >= 200 && head.status <= 999);
  for (const auto& [name, value] : head.headers) {
    require(!name.empty() && is_one_line(name) && is_one_line(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bool to_head = (data[0] & 1) != 0;
  const std::size_t step = static_cast<std::size_t>(data[0] >> 1) + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Reading whole(to_head, bytes, bytes.size());
  Reading pieces(to_head, bytes, step);
  require(whole.reader.state() == pieces.reader.state());
  if (whole.reader.state() == AnswerReader::State::Malformed) {
    require(!whole.reader.problem().empty());
    return 0;
  }
  require(whole.body == pieces.body);
  require(whole.reader.head().headers == pieces.reader.head().headers);
  require(!to_head || whole.body.empty());
  check_head(whole.reader);
  return 0;
}
