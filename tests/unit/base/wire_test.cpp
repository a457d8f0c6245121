#include "runtime/base/wire.h"

#include <algorithm>
#include <cstring>

#include "tests/support/catch.h"

namespace localfn::wire {
namespace {

RequestFrame sample_request() {
  RequestFrame request;
  request.id = "abc";
  request.method = "POST";
  request.target = "/api/x?a=1";
  request.request_line = "POST /api/x?a=1 HTTP/1.1";
  request.version = "HTTP/1.1";
  request.headers = "Host: h\r\nX: \r\n";
  request.body = std::string_view("a\0b", 3);
  return request;
}

void append(FrameReader& reader, std::string_view bytes) {
  if (bytes.empty()) return;
  const auto space = reader.space(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  reader.filled(bytes.size());
}

/// As an instance reads it off its channel.
std::string payload_of(const LoadFrame& frame) {
  std::string bytes;
  encode(bytes, frame);
  FrameReader reader(kMaxToInstance);
  append(reader, bytes);
  FrameHeader header;
  std::string_view payload;
  REQUIRE(reader.next(header, payload) == FrameReader::Next::Frame);
  return std::string(payload);
}

}  // namespace

TEST_CASE("every flag of a Load frame arrives as itself", "[wire]") {
  for (bool LoadFrame::*flag : {&LoadFrame::plain_path, &LoadFrame::fresh_threads,
                                &LoadFrame::debug, &LoadFrame::post_mortem}) {
    LoadFrame sent;
    sent.*flag = true;
    LoadFrame got;
    REQUIRE(decode(payload_of(sent), got));
    CHECK(got.*flag);
    CHECK(got.plain_path + got.fresh_threads + got.debug + got.post_mortem == 1);
  }
}

TEST_CASE("what a debugger needs survives the way through a Load frame", "[wire]") {
  LoadFrame sent;
  sent.root = "/project";
  sent.file = "api/a.py";
  sent.terminal = "00f3a xterm";
  sent.post_mortem = true;
  sent.debugpy = 5678;
  const std::string payload = payload_of(sent);
  LoadFrame got;
  REQUIRE(decode(payload, got));
  CHECK(got.file == "api/a.py");
  CHECK(got.terminal == sent.terminal);
  CHECK(got.post_mortem);
  CHECK(got.debugpy == 5678);
  CHECK_FALSE(decode(std::string_view(payload).substr(0, payload.size() - 1), got));
}

TEST_CASE("the news of a stop is a frame without payload and invocation", "[wire]") {
  std::string bytes;
  encode_plain(bytes, FrameType::Stopped, 0);
  encode_plain(bytes, FrameType::Resumed, 0);
  FrameReader reader(kMaxToHost);
  append(reader, bytes);
  for (const int number : {26, 27}) {
    FrameHeader header;
    std::string_view payload;
    REQUIRE(reader.next(header, payload) == FrameReader::Next::Frame);
    CHECK(static_cast<int>(header.type) == number);
    CHECK(header.invocation == 0);
    CHECK(payload.empty());
  }
}

TEST_CASE("a request survives the way through a frame", "[wire]") {
  std::string bytes;
  encode(bytes, sample_request(), 7, true);
  FrameReader reader(kMaxToInstance);
  append(reader, bytes);
  FrameHeader header;
  std::string_view payload;
  REQUIRE(reader.next(header, payload) == FrameReader::Next::Frame);
  CHECK(header.type == FrameType::Request);
  CHECK(header.invocation == 7);
  CHECK(header.flags == kShared);
  RequestFrame request;
  REQUIRE(decode(payload, request));
  CHECK(request.target == "/api/x?a=1");
  CHECK(request.body == std::string_view("a\0b", 3));
  CHECK(reader.next(header, payload) == FrameReader::Next::NeedMore);
}

TEST_CASE("the end of an answer has a payload only where there is news", "[wire]") {
  std::string bytes;
  encode(bytes, BodyEndFrame{}, 7);
  CHECK(bytes.size() == sizeof(FrameHeader));
  BodyEndFrame told{{{"/old.py"}, {}}};
  REQUIRE(decode(std::string_view(), told));
  CHECK(told.loaded.empty());
  encode(bytes, BodyEndFrame{{{"/a.py"}, {"/b"}}}, 7);
  const auto payload = std::string_view(bytes).substr(2 * sizeof(FrameHeader));
  REQUIRE(decode(payload, told));
  CHECK(told.loaded.files == std::vector<std::string>{"/a.py"});
  CHECK(told.loaded.directories == std::vector<std::string>{"/b"});
  CHECK_FALSE(decode(payload.substr(1), told));
}

TEST_CASE("a log frame has one of two streams and one of six levels", "[wire]") {
  std::string bytes;
  encode(bytes, LogFrame{Stream::Stderr, "text", Level::Fatal}, 7);
  std::string payload = bytes.substr(sizeof(FrameHeader));
  LogFrame frame;
  REQUIRE(decode(payload, frame));
  CHECK(frame.stream == Stream::Stderr);
  CHECK(frame.level == Level::Fatal);
  CHECK(frame.text == "text");
  payload[1] = static_cast<char>(Level::Fatal) + 1;
  CHECK_FALSE(decode(payload, frame));
  payload[1] = static_cast<char>(Level::None);
  payload[0] = 3;
  CHECK_FALSE(decode(payload, frame));
}

TEST_CASE("frames are found wherever the stream is cut", "[wire]") {
  std::string bytes;
  encode(bytes, HeadFrame{200, "OK", {{"A", "1"}, {"A", ""}}}, 1);
  encode_plain(bytes, FrameType::Body, 1, "hello");
  EndFrame sent;
  sent.result = Result::Raised;
  sent.failure.error = "ValueError: x";
  sent.loaded.files = {"/a.py", "/b.py"};
  encode(bytes, sent, 1);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameReader reader(kMaxToHost);
    std::vector<FrameType> seen;
    EndFrame end;
    for (const auto part :
         {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
      append(reader, part);
      FrameHeader header;
      std::string_view payload;
      while (reader.next(header, payload) == FrameReader::Next::Frame) {
        seen.push_back(header.type);
        if (header.type == FrameType::End) REQUIRE(decode(payload, end));
      }
    }
    REQUIRE(seen == std::vector{FrameType::Head, FrameType::Body, FrameType::End});
    REQUIRE(end.loaded.files.size() == 2);
    REQUIRE(end.failure.error == "ValueError: x");
  }
}

TEST_CASE("every truncation and a trailing byte make a payload malformed", "[wire]") {
  std::string bytes;
  encode(bytes, ReadyFrame{1200, Interface::Handler, {{"/p/a.py"}, {"/p"}}});
  const std::string payload = bytes.substr(sizeof(FrameHeader));
  ReadyFrame frame;
  REQUIRE(decode(payload, frame));
  for (std::size_t size = 0; size < payload.size(); ++size) {
    CHECK_FALSE(decode(std::string_view(payload).substr(0, size), frame));
  }
  CHECK_FALSE(decode(payload + "x", frame));
}

TEST_CASE("what is to be learned arrives as it was sent", "[wire]") {
  std::string bytes;
  ReadyFrame ready{5, Interface::Wsgi, {}};
  ready.packages = {"flask", "flask.json"};
  ready.outdated = true;
  encode(bytes, ready);
  ReadyFrame came;
  REQUIRE(decode(bytes.substr(sizeof(FrameHeader)), came));
  CHECK(came.packages == ready.packages);
  CHECK(came.outdated);

  const std::string lesson = encode(Lesson{"/p", {{"TZ", ":UTC"}}, {"flask"}});
  Lesson learned;
  REQUIRE(decode(lesson, learned));
  CHECK(learned.root == "/p");
  CHECK(learned.environment.front().second == ":UTC");
  CHECK(learned.names == std::vector<std::string>{"flask"});
  CHECK_FALSE(decode(lesson.substr(1), learned));
}

TEST_CASE("a frame over the limit is malformed before its payload is waited for", "[wire]") {
  FrameReader reader(100);
  std::string bytes;
  encode_plain(bytes, FrameType::Body, 1, std::string(101, 'x'));
  append(reader, std::string_view(bytes).substr(0, sizeof(FrameHeader)));
  FrameHeader header;
  std::string_view payload;
  CHECK(reader.next(header, payload) == FrameReader::Next::Malformed);
}

TEST_CASE("a header count that cannot be true does not allocate", "[wire]") {
  std::string payload(2 + 4, '\0');
  payload += std::string("\xff\xff\xff\xff", 4);
  HeadFrame head;
  CHECK_FALSE(decode(payload, head));
}

TEST_CASE("control messages survive their packet", "[wire]") {
  ControlMessage sent;
  sent.type = ControlType::Scanned;
  sent.id = 9;
  sent.text = "/p/api/x.py";
  sent.entry.found = true;
  sent.entry.variable = "handler";
  sent.entry.line = 4;
  sent.entry.facts = {{"wsgi", "mysite.wsgi.application"}, {"asgi", ""}};
  sent.entry.observations = {{"import", "flask", 1, 1}, {"write", "a.txt\nopen", 300, 9}};
  ControlMessage got;
  REQUIRE(decode(encode(sent), got));
  CHECK(got.entry.variable == "handler");
  CHECK(got.entry.line == 4);
  CHECK(got.entry.facts == sent.entry.facts);
  REQUIRE(got.entry.observations.size() == 2);
  CHECK(got.entry.observations[1].text == "a.txt\nopen");
  CHECK(got.entry.observations[1].line == 300);
  CHECK_FALSE(decode("", got));
  const std::string packet = encode(sent);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    CHECK_FALSE(decode(packet.substr(0, size), got));
  }
}

}  // namespace localfn::wire
