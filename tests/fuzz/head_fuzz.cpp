// Any bytes as a head and as a chunked body: no crash, no limit passed, the same result wherever
// the bytes are cut, and nothing accepted that a second reader could take for something else.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/http/chunked.h"
#include "runtime/http/head_parser.h"

namespace localfn::http {
namespace {

void require(bool good) {
  if (!good) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() &&
                          part.data() + part.size() <= whole.data() + whole.size());
}

void check_request(const HeadParser& parser, std::string_view bytes, const Limits& limits) {
  const Request& request = parser.request();
  require(parser.head_size() <= bytes.size() && parser.head_size() <= limits.head);
  require(bytes.substr(parser.head_size() - 4, 4) == "\r\n\r\n");
  require(request.headers.size() <= limits.header_count);
  require(request.target.size() <= limits.target + 1);
  require(!request.method.empty() && !request.path.empty());
  require(request.target.find_first_of(" \r\n\t") == std::string_view::npos);
  require(inside(request.header_block, bytes) && inside(request.request_line, bytes));
  require(request.version == "HTTP/1.1" || request.version == "HTTP/1.0");
  require(!(parser.framing().chunked && parser.framing().length > 0));
  require(!(parser.framing().chunked && request.has_header("Content-Length")));
  for (const auto& [name, value] : request.headers) {
    require(!name.empty() && inside(name, bytes) && inside(value, bytes));
    require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

void fuzz_head(std::string_view bytes, const Limits& limits, std::size_t cut) {
  HeadParser whole(limits);
  const auto result = whole.feed(bytes);
  if (result == HeadParser::Result::Complete) check_request(whole, bytes, limits);
  if (result == HeadParser::Result::Refused) require(whole.refusal().status >= 400);
  HeadParser parts(limits);
  auto again = parts.feed(bytes.substr(0, cut));
  if (again == HeadParser::Result::NeedMore) again = parts.feed(bytes);
  // What is refused may be refused earlier or later, never accepted.
  require((again == HeadParser::Result::Complete) == (result == HeadParser::Result::Complete));
  if (again == HeadParser::Result::Complete) require(parts.head_size() == whole.head_size());
}

void fuzz_chunks(std::string_view bytes, std::size_t cut) {
  ChunkedDecoder whole;
  std::string text;
  std::size_t used = 0;
  const auto result = whole.feed(bytes, used, text);
  require(used <= bytes.size() && text.size() <= bytes.size());
  ChunkedDecoder parts;
  std::string again;
  std::size_t first = 0;
  std::size_t second = 0;
  auto last = parts.feed(bytes.substr(0, cut), first, again);
  if (last == ChunkedDecoder::Result::NeedMore) last = parts.feed(bytes.substr(cut), second, again);
  require(last == result && again == text);
  if (result == ChunkedDecoder::Result::Done) require(first + second == used);
}

}  // namespace
}  // namespace localfn::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace localfn::http;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = data[0] * bytes.size() / 255;
  Limits limits;
  if (data[1] & 1) limits = Limits{.target = 20, .header_line = 30, .head = 100, .header_count = 3};
  fuzz_head(bytes, limits, cut);
  fuzz_chunks(bytes, cut);
  return 0;
}
