#include "runtime/cli/console.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace localfn::cli {
namespace {

Record sample() {
  Record record;
  record.method = "GET";
  record.path = "/api/hello?name=x";
  record.status = 200;
  record.function = "api/hello.py";
  record.wall = microseconds(1234);
  return record;
}

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

TEST_CASE("an access line tells method, path, status, time, function and the cold start", "[cli]") {
  auto record = sample();
  record.cold = true;
  record.init = microseconds(3100);
  CHECK(access_line(record, 80) ==
        "GET  /api/hello?name=x         200   1.2 ms  api/hello.py  cold 3.1 ms");
}

TEST_CASE("a start that did not end has no time in the access line", "[cli]") {
  auto record = sample();
  record.cold = true;
  CHECK(access_line(record, 80) == "GET  /api/hello?name=x         200   1.2 ms  api/hello.py  cold");
}

TEST_CASE("a long method leaves the status in its column", "[cli]") {
  auto record = sample();
  for (const std::size_t width : {0u, 80u}) {
    record.method = "GET";
    const auto column = access_line(record, width).find("  200  ");
    for (const std::string method : {"DELETE", "OPTIONS"}) {
      record.method = method;
      CHECK(access_line(record, width).find("  200  ") == column);
    }
    record.method = "BASELINE-CONTROL-OF-ALL";
    CHECK_THAT(access_line(record, width), ContainsSubstring("-ALL /api/hello?name=x  200  "));
  }
}

TEST_CASE("an access line with its time stays within the terminal", "[cli]") {
  auto record = sample();
  record.path = "/api/" + std::string(300, 'x');
  record.function = "api/some/quite/deeply/nested/function-name.py";
  record.code = "FUNCTION_INVOCATION_FAILED";
  for (const std::size_t width : {80u, 100u, 132u, 200u}) {
    INFO(width);
    CHECK(columns(access_line(record, width)) + 10 <= width);
  }
  CHECK_THAT(access_line(record, 80), ContainsSubstring("FUNCTION_INVOCATION_FAILED"));
}

TEST_CASE("nothing is cut where the output is no terminal", "[cli]") {
  auto record = sample();
  record.path = "/api/" + std::string(300, 'x');
  CHECK_THAT(access_line(record, 0), ContainsSubstring(record.path));
}

TEST_CASE("control characters of a request do not reach the terminal", "[cli]") {
  auto record = sample();
  record.path = "/\x1b[2J\x07";
  const auto line = access_line(record, 80);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK_THAT(line, ContainsSubstring("\\x1b[2J"));
}

TEST_CASE("durations are rounded, and aligned where they are short", "[cli]") {
  const auto shown = [](std::int64_t us) {
    auto record = sample();
    record.wall = microseconds(us);
    const auto line = access_line(record, 0);
    const auto begin = line.find("  200  ") + 7;
    return line.substr(begin, line.find("  api/") - begin);
  };
  CHECK(shown(0) == " 0.0 ms");
  CHECK(shown(949) == " 0.9 ms");
  CHECK(shown(950) == " 1.0 ms");
  CHECK(shown(9'999) == "10.0 ms");
  CHECK(shown(10'000) == "  10 ms");
  CHECK(shown(10'499) == "  10 ms");
  CHECK(shown(10'500) == "  11 ms");
  CHECK(shown(9'999'499) == "9999 ms");
  CHECK(shown(10'000'000) == " 10.0 s");
  CHECK(shown(299'960'000) == "300.0 s");
}

TEST_CASE("lists of names read like a sentence", "[cli]") {
  CHECK(join_words({"a"}) == "a");
  CHECK(join_words({"a", "b"}) == "a and b");
  CHECK(join_words({"a", "b", "c"}) == "a, b and c");
  CHECK(join_words({"a", "b", "c", "d", "e", "f"}) == "a, b, c and 3 more");
}

}  // namespace localfn::cli
