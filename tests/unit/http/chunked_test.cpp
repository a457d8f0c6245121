#include "runtime/http/chunked.h"

#include <string>

#include "tests/support/catch.h"

namespace localfn::http {
namespace {

using Result = ChunkedDecoder::Result;

Result decode(const std::string& bytes, std::string& out, std::size_t piece = 1) {
  ChunkedDecoder decoder;
  Result result = Result::NeedMore;
  for (std::size_t at = 0; at < bytes.size() && result == Result::NeedMore; at += piece) {
    std::size_t used = 0;
    result = decoder.feed(std::string_view(bytes).substr(at, piece), used, out);
  }
  return result;
}

Result decode(const std::string& bytes) {
  std::string out;
  return decode(bytes, out);
}

}  // namespace

TEST_CASE("chunks are decoded wherever they are cut", "[http][chunked]") {
  const std::string bytes = "5\r\nhello\r\n00A ;x=\"y\"\r\n 0123\r\n\r\n-\r\n0\r\nA: b\r\nC:\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    std::string out;
    REQUIRE(decode(bytes, out, piece) == Result::Done);
    CHECK(out == "hello 0123\r\n\r\n-");
  }
}

TEST_CASE("what follows the last chunk is left alone", "[http][chunked]") {
  ChunkedDecoder decoder;
  std::string out;
  std::size_t used = 0;
  CHECK(decoder.feed("1\r\na\r\n0\r\n\r\nGET /", used, out) == Result::Done);
  CHECK(used == 11);
  CHECK(decoder.done());
}

TEST_CASE("malformed chunks are told", "[http][chunked]") {
  for (const std::string bytes :
       {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1\n", "1\r\r", "1 2\r\n",
        "1\r\nab", "1\r\na\n", "1\r\na\rb", "1;\x01\r\n", "1;a\n", "fffffffffffffffff\r\n",
        "0\r\nno colon\r\n", "0\r\n: no name\r\n", "0\r\nA b: c\r\n", "0\r\nA: b\n",
        "0\r\nA: \x01\r\n", "0\r\n\n"}) {
    INFO(bytes);
    CHECK(decode(bytes) == Result::Malformed);
  }
}

TEST_CASE("endless extensions and trailers are malformed", "[http][chunked]") {
  CHECK(decode("1;" + std::string(2'000, 'a')) == Result::Malformed);
  CHECK(decode("0\r\nA: " + std::string(20'000, 'a')) == Result::Malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10'000; ++i) trailers += "A: b\r\n";
  CHECK(decode(trailers) == Result::Malformed);
}

}  // namespace localfn::http
