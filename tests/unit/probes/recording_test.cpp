#include "runtime/probes/recording.h"

#include <nlohmann/json.hpp>

#include "runtime/probes/reading.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;
using nlohmann::json;

namespace {

Recorded get(const std::string& target, const std::string& answer = "",
             const std::string& type = "application/json") {
  Recorded recorded;
  recorded.method = "GET";
  recorded.target = target;
  recorded.headers = {{"Host", "127.0.0.1:3000"}, {"User-Agent", "curl/8"}, {"Accept", "*/*"}};
  recorded.status = 200;
  recorded.answer_headers = {{"Content-Type", type}, {"Date", "today"}};
  recorded.answer = answer;
  return recorded;
}

json probes_in(const Recording& recording) {
  // What is written must be readable, whatever it holds.
  const auto read = read_probes(SourceText("recorded.json", recording.text()));
  CHECK(read.problems.empty());
  return json::parse(recording.text())["probes"];
}

json probe_for(const Recorded& recorded) {
  Recording recording;
  CHECK(recording.add(recorded) == Recording::Added::New);
  return probes_in(recording).at(0);
}

}  // namespace

TEST_CASE("a recorded request becomes a probe without what clients send of their own accord") {
  CHECK(probe_for(get("/api/a?x=1", R"({"n": 1})")) ==
        json::parse(R"({"path": "/api/a?x=1", "status": 200, "json": {"n": 1},
                        "responseHeaders": {"content-type": "application/json"}})"));
  Recorded asked = get("/api/a", "", "text/plain");
  asked.headers = {{"Accept", "application/json"},
                   {"X-Mine", "1"},
                   {"Sec-Fetch-Mode", "cors"},
                   {"Origin", "http://127.0.0.1:3000"},
                   {"Host", "127.0.0.1:3000"}};
  CHECK(probe_for(asked)["headers"] == json({{"Accept", "application/json"}, {"X-Mine", "1"}}));
  asked.headers[3].second = "https://elsewhere.example";
  CHECK(probe_for(asked)["headers"]["Origin"] == "https://elsewhere.example");
}

TEST_CASE("bodies are written as they were sent, JSON as JSON") {
  Recorded post = get("/api/a", "done", "text/plain");
  post.method = "POST";
  post.body = R"({"user": "ada"})";
  post.headers = {{"Content-Type", "application/json"}};
  json probe = probe_for(post);
  CHECK(probe["body"] == json({{"user", "ada"}}));
  CHECK_FALSE(probe.contains("headers"));
  CHECK(probe["method"] == "POST");
  CHECK(probe["mustContain"] == "done");

  post.body = "a=1&b=${HOME}";
  post.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  probe = probe_for(post);
  CHECK(probe["body"] == "a=1&b=$${HOME}");
  CHECK(probe["headers"] == json({{"Content-Type", "application/x-www-form-urlencoded"}}));
}

TEST_CASE("secrets of a recorded request are not written") {
  Recorded secret = get("/api/a");
  secret.headers = {{"Authorization", "Bearer abc123"},
                    {"X-Api-Key", "k3y"},
                    {"Cookie", "sid=s3cret; theme=d4rk"}};
  Recording recording;
  recording.add(secret);
  secret.headers[0].second = "Bearer other456";
  secret.target = "/api/b";
  recording.add(secret);
  const std::string text = recording.text();
  for (const char* each : {"abc123", "k3y", "s3cret", "d4rk", "other456"}) {
    CHECK_THAT(text, !ContainsSubstring(each));
  }
  const json probes = probes_in(recording);
  CHECK(probes[0]["headers"] ==
        json({{"Authorization", "Bearer ${AUTHORIZATION}"}, {"X-Api-Key", "${X_API_KEY}"}}));
  CHECK(probes[0]["cookies"] == json({{"sid", "${COOKIE_SID}"}, {"theme", "${COOKIE_THEME}"}}));
  CHECK(probes[1]["headers"]["Authorization"] == "Bearer ${AUTHORIZATION_2}");
  CHECK(recording.placeholders().size() == 5);
  CHECK_THAT(json::parse(text)["note"].get<std::string>(), ContainsSubstring("COOKIE_SID"));
}

TEST_CASE("a cookie that a recorded answer has given is kept from it") {
  Recorded login = get("/api/login");
  login.method = "POST";
  login.answer_headers.emplace_back("Set-Cookie", "sid=abc; Path=/; HttpOnly");
  Recorded user = get("/api/me");
  user.headers.emplace_back("Cookie", "sid=abc");
  Recording recording;
  recording.add(login);
  recording.add(user);
  const json probes = probes_in(recording);
  CHECK(probes[0]["keep"] == json({{"COOKIE_SID", "cookie:sid"}}));
  CHECK(probes[1]["cookies"] == json({{"sid", "${COOKIE_SID}"}}));
  CHECK(recording.placeholders().empty());
}

TEST_CASE("a request made twice expects only what both answers say") {
  Recording recording;
  recording.add(get("/api/a", R"({"user": {"id": 7, "at": 1}, "list": [1], "n": 1})"));
  CHECK(recording.add(get("/api/a", R"({"user": {"id": 7, "at": 2}, "list": [2], "n": 1})")) ==
        Recording::Added::Known);
  CHECK(probes_in(recording).size() == 1);
  CHECK(probes_in(recording)[0]["json"] == json::parse(R"({"user": {"id": 7}, "n": 1})"));
  recording.add(get("/api/a", R"("else")"));
  CHECK_FALSE(probes_in(recording)[0].contains("json"));
}

TEST_CASE("the same request after a POST is another probe") {
  Recording recording;
  recording.add(get("/api/notes", "[]"));
  Recorded post = get("/api/notes", "{}");
  post.method = "POST";
  recording.add(post);
  CHECK(recording.add(get("/api/notes", "[1]")) == Recording::Added::New);
  CHECK(recording.add(get("/api/notes", "[1]")) == Recording::Added::Known);
  const json probes = probes_in(recording);
  REQUIRE(probes.size() == 3);
  CHECK(probes[2]["json"] == json::parse("[1]"));
}

TEST_CASE("pages are known by their title, texts by their first words") {
  CHECK(probe_for(get("/", "<!doctype html>\n<title>Hi</title>", "text/html"))["mustContain"] ==
        "<title>Hi</title>");
  CHECK(probe_for(get("/", "<p>\n\n  Hello \n", "text/html"))["mustContain"] == "Hello");
  CHECK(probe_for(get("/", "\n  first\nsecond", "text/plain"))["mustContain"] == "first");
  CHECK_FALSE(
      probe_for(get("/", std::string("\x89PNG\0", 5), "image/png")).contains("mustContain"));
}

TEST_CASE("of a long JSON answer its short members are expected") {
  const std::string longer = R"({"n": 1, "text": ")" + std::string(3000, 'x') + R"(", "l": [1]})";
  CHECK(probe_for(get("/", longer))["json"] == json({{"n", 1}}));
  Recorded cut = get("/", R"({"n": 1)");
  cut.answer_whole = false;
  CHECK_FALSE(probe_for(cut).contains("json"));
}

TEST_CASE("what makes no probe is left out") {
  const auto left_out = [](const std::function<void(Recorded&)>& change) {
    Recorded recorded = get("/api/a");
    change(recorded);
    Recording recording;
    return recording.add(recorded) == Recording::Added::LeftOut && recording.size() == 0;
  };
  for (const int status : {0, 101, 206, 304, 500, 504}) {
    CHECK(left_out([&](Recorded& r) { r.status = status; }));
  }
  CHECK(left_out([](Recorded& r) { r.body = "\x01\xff"; }));
  CHECK(left_out([](Recorded& r) { r.body_whole = false; }));
  CHECK(left_out([](Recorded& r) { r.target = "*"; }));
  CHECK(left_out([](Recorded& r) {
    r.target = "/favicon.ico";
    r.status = 404;
  }));
}
