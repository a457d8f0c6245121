#include "runtime/http/answer.h"

#include "tests/support/catch.h"

namespace localfn::http {

TEST_CASE("headers that would break the head are named", "[http][answer]") {
  CHECK(unsendable(200, {{"A", "b"}, {"A", ""}, {"X", "caf\xc3\xa9\t"}}).empty());
  CHECK(unsendable({{"X-A", "a\r\nSet-Cookie: b"}}) == "header X-A has a line break in its value");
  CHECK(unsendable({{"X-A", "a\nb"}}) == "header X-A has a line break in its value");
  CHECK(unsendable({{"X-A", std::string("\0", 1)}}) == "header X-A has the byte 0x00 in its value");
  // Wherever it stands: values are looked at eight bytes at a time.
  for (const char byte : {'\x01', '\x1f', '\x7f', '\n', '\0'}) {
    for (const std::size_t size : {3, 8, 20}) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string value(size, at % 2 == 0 ? '\xff' : ' ');
        CHECK(unsendable({{"X-A", value}}).empty());
        value[at] = byte;
        INFO("byte " << static_cast<int>(byte) << " at " << at << " of " << size);
        CHECK_FALSE(unsendable({{"X-A", value}}).empty());
      }
    }
  }
  CHECK(unsendable({{"X A", "b"}}) == "\"X A\" is not a header name");
  CHECK(unsendable({{"X\r\n", "b"}}) == "\"X\\x0d\\x0a\" is not a header name");
  CHECK(unsendable({{"", "b"}}) == "\"\" is not a header name");
}

TEST_CASE("a length that is none, and two that differ, are named", "[http][answer]") {
  CHECK(unsendable({{"Content-Length", "12"}, {"content-length", " 12 "}}).empty());
  CHECK(unsendable({{"Content-Length", "x"}}) == "Content-Length is \"x\", not a number");
  CHECK_FALSE(unsendable({{"Content-Length", "-1"}}).empty());
  CHECK_FALSE(unsendable({{"Content-Length", ""}}).empty());
  CHECK(unsendable({{"Content-Length", "1"}, {"content-length", "2"}}) ==
        "two different Content-Length headers: 1 and 2");
}

TEST_CASE("final statuses from 200 to 999 can be sent", "[http][answer]") {
  CHECK(unsendable(299, {}).empty());
  CHECK(unsendable(999, {}).empty());
  CHECK(unsendable(101, {}) == "status 101 is not one of 200 to 999");
  CHECK_FALSE(unsendable(1000, {}).empty());
  CHECK_FALSE(unsendable(0, {}).empty());
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(299).empty());
}

TEST_CASE("the date is in HTTP's form", "[http][answer]") {
  DateLine date;
  CHECK(date.at(784111777) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(0) == "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
  CHECK(date.now().size() == 37);
}

TEST_CASE("the head keeps order, case and duplicates; framing comes last", "[http][answer]") {
  std::string head;
  const HeadFacts facts = begin_head(
      head, 299,
      {{"B", "2"}, {"set-cookie", "a"}, {"A", ""}, {"set-cookie", "b"}, {"CONNECTION", "Close"}},
      true);
  CHECK(facts.says_close);
  end_head(head, "", Delimiter::Length, 7, "close");
  CHECK(head ==
        "HTTP/1.1 299 \r\nB: 2\r\nset-cookie: a\r\nA: \r\nset-cookie: b\r\n"
        "Content-Length: 7\r\nConnection: close\r\n\r\n");
}

TEST_CASE("chunks made by hand leave neither their header nor a length", "[http][answer]") {
  std::string head;
  const HeadFacts facts =
      begin_head(head, 200, {{"Content-Length", "3"}, {"Transfer-Encoding", "Chunked"}}, true);
  CHECK(facts.chunked_by_hand);
  CHECK_FALSE(facts.length);
  CHECK(head == "HTTP/1.1 200 OK\r\n");
}

}  // namespace localfn::http
