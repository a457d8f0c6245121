// The rules of RFC 6455 for what a client may send, one by one; every case whole and byte by byte.
#include <string>
#include <string_view>
#include <vector>

#include "bindings/asgi/websocket_frames.h"
#include "tests/support/catch.h"

using namespace localfn::websocket;
using namespace std::literals;

namespace {

using Kind = Event::Kind;

constexpr std::string_view kMask = "\x37\xfa\x21\x3d";

// A frame as a client sends it; `first` is the byte with FIN, reserved bits and opcode.
std::string masked(unsigned first, std::string_view payload) {
  std::string out;
  append_head(out, Opcode::Text, payload.size());
  out[0] = static_cast<char>(first);
  out[1] = static_cast<char>(out[1] | 0x80);
  out.append(kMask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
  }
  return out;
}

std::vector<Event> fed(std::string_view bytes, std::size_t piece, std::size_t most = kMostBytes) {
  Decoder decoder(most);
  std::vector<Event> events;
  while (!bytes.empty()) {
    decoder.feed(bytes.substr(0, piece), events);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return events;
}

std::string told(const std::vector<Event>& events) {
  std::string text;
  for (const auto& event : events) {
    text += "TBpPCF"[static_cast<int>(event.kind)];
    if (event.code != 0) text += std::to_string(event.code);
    if (event.kind != Kind::Failure) text += "(" + event.data + ")";
  }
  return text;
}

// What the bytes mean; however they arrive.
std::string meaning(std::string_view bytes, std::size_t most = kMostBytes) {
  const auto whole = told(fed(bytes, bytes.size(), most));
  CHECK(told(fed(bytes, 1, most)) == whole);
  CHECK(told(fed(bytes, 7, most)) == whole);
  return whole;
}

std::string close_with(unsigned code, std::string_view reason = "") {
  const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return masked(0x88, payload + std::string(reason));
}

}  // namespace

TEST_CASE("messages of every kind and length arrive as they were sent", "[websocket]") {
  CHECK(meaning(masked(0x81, "Hello")) == "T(Hello)");
  CHECK(meaning(masked(0x82, "\x00\xff\x80"sv)) == "B(" + std::string("\x00\xff\x80", 3) + ")");
  CHECK(meaning(masked(0x81, "")) == "T()");
  for (const std::size_t size : {125u, 126u, 127u, 65'535u, 65'536u, 100'001u}) {
    const std::string text(size, 'x');
    CHECK(meaning(masked(0x82, text)) == "B(" + text + ")");
  }
  CHECK(meaning(masked(0x81, "a") + masked(0x81, "b")) == "T(a)T(b)");
}

TEST_CASE("the example of the specification is understood", "[websocket]") {
  CHECK(meaning("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == "T(Hello)");
}

TEST_CASE("fragments become one message, with control frames in between", "[websocket]") {
  CHECK(meaning(masked(0x01, "Hel") + masked(0x00, "") + masked(0x80, "lo")) == "T(Hello)");
  CHECK(meaning(masked(0x01, "Hel") + masked(0x89, "now") + masked(0x8a, "then") +
                masked(0x80, "lo")) == "p(now)P(then)T(Hello)");
  CHECK(meaning(masked(0x02, "a") + masked(0x80, "b") + masked(0x81, "c")) == "B(ab)T(c)");
}

TEST_CASE("fragments out of their order are protocol errors", "[websocket]") {
  CHECK(meaning(masked(0x80, "x")) == "F1002");
  CHECK(meaning(masked(0x00, "x")) == "F1002");
  CHECK(meaning(masked(0x01, "x") + masked(0x81, "y")) == "F1002");
  CHECK(meaning(masked(0x02, "x") + masked(0x02, "y")) == "F1002");
  CHECK(meaning(masked(0x81, "x") + masked(0x80, "y")) == "T(x)F1002");
}

TEST_CASE("an unmasked frame is a protocol error", "[websocket]") {
  CHECK(meaning("\x81\x05Hello") == "F1002");
  CHECK(meaning("\x89\x00"sv) == "F1002");
}

TEST_CASE("reserved bits and unknown opcodes are protocol errors", "[websocket]") {
  for (const unsigned bit : {0x40u, 0x20u, 0x10u}) CHECK(meaning(masked(0x81 | bit, "")) == "F1002");
  for (unsigned opcode = 3; opcode < 16; ++opcode) {
    if (opcode >= 8 && opcode <= 10) continue;
    CAPTURE(opcode);
    CHECK(meaning(masked(0x80 | opcode, "")) == "F1002");
  }
}

TEST_CASE("control frames are whole and short", "[websocket]") {
  CHECK(meaning(masked(0x89, std::string(125, 'p'))) == "p(" + std::string(125, 'p') + ")");
  CHECK(meaning(masked(0x89, std::string(126, 'p'))) == "F1002");
  CHECK(meaning(masked(0x09, "p")) == "F1002");
  CHECK(meaning(masked(0x08, "")) == "F1002");
  CHECK(meaning(masked(0x0a, "")) == "F1002");
}

TEST_CASE("a length that is not in its shortest form is a protocol error", "[websocket]") {
  CHECK(meaning("\x82\xfe\x00\x7d\x00\x00\x00\x00"sv) == "F1002");
  CHECK(meaning("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00"sv) == "F1002");
  CHECK(meaning("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv) == "F1002");
}

TEST_CASE("a message over the limit is refused before it arrives, in one frame or many",
          "[websocket]") {
  CHECK(meaning(masked(0x82, "12345678"), 8) == "B(12345678)");
  CHECK(meaning(masked(0x82, "123456789").substr(0, 6), 8) == "F1009");
  CHECK(meaning(masked(0x02, "12345") + masked(0x80, "6789").substr(0, 6), 8) == "F1009");
  CHECK(meaning(masked(0x02, "12345678") + masked(0x89, "still") + masked(0x80, ""), 8) ==
        "p(still)B(12345678)");
  CHECK(meaning("\x82\xff\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00"sv) == "F1009");
  CHECK(meaning("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"sv) == "F1009");
}

TEST_CASE("text must be UTF-8, over the borders of fragments too", "[websocket]") {
  const std::string good = "κόσμε \U0001F600 \u20ac";
  CHECK(meaning(masked(0x81, good)) == "T(" + good + ")");
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    CAPTURE(cut);
    CHECK(meaning(masked(0x01, good.substr(0, cut)) + masked(0x80, good.substr(cut))) ==
          "T(" + good + ")");
  }
  for (const std::string_view bad :
       {"\x80"sv, "\xc0\xaf"sv, "\xc1\xbf"sv, "\xe0\x80\xaf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv,
        "\xed\xbf\xbf"sv, "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv,
        "\xf5\x80\x80\x80"sv, "\xff"sv, "\xe2\x82"sv, "\xe2\x28\xa1"sv, "12345678\x80"sv}) {
    CHECK(meaning(masked(0x81, bad)) == "F1007");
  }
  CHECK(meaning(masked(0x82, "\xff")) == "B(\xff)");
}

TEST_CASE("text that is no UTF-8 is refused before its end has come", "[websocket]") {
  CHECK(meaning(masked(0x01, "\xce\xba\xff")) == "F1007");
  CHECK(meaning(masked(0x81, "\xffxxxxxxxx").substr(0, 9)) == "F1007");
}

TEST_CASE("a Close tells its code and reason, and ends everything", "[websocket]") {
  CHECK(meaning(masked(0x88, "")) == "C1005()");
  CHECK(meaning(close_with(1000, "done")) == "C1000(done)");
  CHECK(meaning(close_with(4999)) == "C4999()");
  CHECK(meaning(close_with(1001) + masked(0x81, "more")) == "C1001()");
  CHECK(meaning(masked(0x01, "half") + close_with(1000)) == "C1000()");
}

TEST_CASE("a Close with half a code, a forbidden one or a bad reason is an error", "[websocket]") {
  CHECK(meaning(masked(0x88, "\x03")) == "F1002");
  for (const unsigned code :
       {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65'535u}) {
    CAPTURE(code);
    CHECK(meaning(close_with(code)) == "F1002");
  }
  for (const unsigned code : {1000u, 1003u, 1007u, 1011u, 1012u, 1013u, 1014u, 3000u, 4000u}) {
    CAPTURE(code);
    CHECK(meaning(close_with(code)) == "C" + std::to_string(code) + "()");
  }
  CHECK(meaning(close_with(1000, "\xff")) == "F1007");
  CHECK(meaning(close_with(1000, "\xe2\x82")) == "F1007");
}

TEST_CASE("nothing is understood after a failure", "[websocket]") {
  CHECK(meaning(masked(0x83, "") + masked(0x81, "x")) == "F1002");
}

TEST_CASE("frames of the server are final, unmasked and as short as can be", "[websocket]") {
  const auto head = [](std::uint64_t size) {
    std::string out;
    append_head(out, Opcode::Binary, size);
    return out;
  };
  CHECK(head(0) == "\x82\x00"sv);
  CHECK(head(125) == "\x82\x7d");
  CHECK(head(126) == "\x82\x7e\x00\x7e"sv);
  CHECK(head(65'535) == "\x82\x7e\xff\xff");
  CHECK(head(65'536) == "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

TEST_CASE("the reason of a Close is cut between characters", "[websocket]") {
  std::string frame;
  append_close(frame, 1000, "ok");
  CHECK(frame == "\x88\x04\x03\xe8ok");
  frame.clear();
  append_close(frame, 1011, std::string(122, 'x') + "é!");
  CHECK(frame.size() == 2 + 2 + 122);
  frame.clear();
  append_close(frame, 1011, std::string(200, 'x'));
  CHECK(frame.size() == 2 + 125);
}
