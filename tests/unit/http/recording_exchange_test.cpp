// What passes through an exchange that records, and what it remembers.
#include "runtime/http/recording_exchange.h"

#include "runtime/http/local_exchange.h"
#include "tests/support/catch.h"

namespace localfn::http {
namespace {

const wire::Headers kText = {{"Content-Type", "text/plain"}};

}  // namespace

TEST_CASE("a recorded answer reaches the client unchanged", "[http][record]") {
  LocalExchange client({"POST", "/a", {}, "sent"});
  RecordingExchange recording(client, 100);
  std::string_view body;
  CHECK(recording.read_body(body) == BodyStatus::Whole);
  CHECK(body == "sent");
  CHECK(recording.request_body().bytes == "sent");
  CHECK(recording.request().target == "/a");
  CHECK(recording.respond(201, kText, "hello"));
  CHECK(client.answer().status == 201);
  CHECK(client.answer().body == "hello");
  CHECK(client.answer().headers.front() == kText.front());
  CHECK(recording.status() == 201);
  CHECK(recording.headers() == kText);
  CHECK(recording.answer_body().bytes == "hello");
  CHECK(recording.answer_body().whole);
}

TEST_CASE("of a long answer only so much is remembered", "[http][record]") {
  LocalExchange client({});
  RecordingExchange recording(client, 4);
  recording.begin(200, kText);
  recording.write("abc");
  recording.write("def");
  recording.finish();
  CHECK(recording.answer_body().bytes == "abcd");
  CHECK_FALSE(recording.answer_body().whole);
}

TEST_CASE("an answer that replaces a begun one is the one remembered", "[http][record]") {
  LocalExchange client({});
  RecordingExchange recording(client, 100);
  recording.begin(200, kText);
  recording.write("abc");
  recording.respond(500, {}, "failed");
  CHECK(recording.status() == 500);
  CHECK(recording.answer_body().bytes == "failed");
}

TEST_CASE("what was cut, and chunks made by hand, count as not known", "[http][record]") {
  LocalExchange client({});
  RecordingExchange cut(client, 100);
  cut.begin(200, kText);
  cut.cut();
  CHECK(cut.status() == 0);
  LocalExchange other({});
  RecordingExchange chunks(other, 100);
  chunks.begin(200, {{"Transfer-Encoding", "chunked"}});
  CHECK_FALSE(chunks.answer_body().whole);
}

}  // namespace localfn::http
