// Lines out of bytes, and the records and lines of `--log json`.
#include "runtime/functions/output.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "runtime/functions/invocation.h"
#include "tests/support/catch.h"

namespace localfn {
namespace {

using Lines = std::vector<std::string>;

Lines cut(const Lines& pieces) {
  Lines lines;
  LineBuffer buffer;
  const auto emit = [&](std::string_view line) { lines.emplace_back(line); };
  for (const auto& piece : pieces) buffer.add(piece, emit);
  buffer.flush(emit);
  return lines;
}

void write(const UniqueFd& fd, std::string_view text) {
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("lines are whole wherever the bytes are split", "[output]") {
  const std::string text = "one\n\ntwo\r\n\xff\n tail";
  const Lines expected = {"one", "", "two\r", "\xff", " tail"};
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      REQUIRE(cut({text.substr(0, i), text.substr(i, j - i), text.substr(j)}) == expected);
    }
  }
}

TEST_CASE("a line that is too long comes in marked pieces", "[output]") {
  const std::string full(LineBuffer::kMaxLine, 'x');
  const std::string marked = full + std::string(LineBuffer::kContinued);
  CHECK(cut({full + "\n"}) == Lines{full});
  CHECK(cut({full, "\n"}) == Lines{full});
  CHECK(cut({full}) == Lines{full});
  CHECK(cut({full + "y\n"}) == Lines{marked, "y"});
  CHECK(cut({full, "y", "\nz"}) == Lines{marked, "y", "z"});
  CHECK(cut({full + full + full}) == Lines{marked, marked, full});
}

TEST_CASE("a pipe's last line is handed out at its end", "[output]") {
  Lines lines;
  auto out = make_pipe();
  auto err = make_pipe();
  InstanceOutput output("api/a.py", 3, std::move(out.first), std::move(err.first),
                        [&](const LogLine& line) { lines.push_back(line.text); });
  write(out.second, "half");
  CHECK(output.drain());
  CHECK(lines.empty());
  out.second.reset();
  CHECK(output.drain());
  CHECK(lines == Lines{"half"});
  CHECK(output.out_fd() == -1);
  err.second.reset();
  CHECK_FALSE(output.drain());
}

TEST_CASE("the last lines of stderr are kept, and no more", "[output]") {
  auto err = make_pipe();
  InstanceOutput output("api/a.py", 3, UniqueFd(), std::move(err.first), nullptr);
  for (int i = 0; i < 30; ++i) write(err.second, "line " + std::to_string(i) + "\n");
  write(err.second, std::string(10'000, 'x') + "\n");
  output.finish();
  const auto kept = output.last_stderr();
  CHECK_THAT(kept, StartsWith("line 11\n"));
  CHECK(std::count(kept.begin(), kept.end(), '\n') == InstanceOutput::kKeptLines - 1);
  CHECK(kept.size() < 2 * InstanceOutput::kKeptLineBytes);
}

TEST_CASE("a record is one line of JSON with the documented names", "[accounting]") {
  Record record;
  record.time = "2026-01-01T00:00:00.000Z";
  record.id = "abc";
  record.function = "api/a.py";
  record.instance = 4;
  record.method = "GET";
  record.path = "/api/a?x=\"\n\xff";
  record.status = 200;
  record.outcome = "reply";
  record.cold = true;
  record.init = microseconds(3100);
  record.wall = microseconds(4250);
  record.cpu = microseconds(1500);
  record.peak_bytes = 5;
  record.bytes_in = 6;
  record.bytes_out = 7;
  const std::string line = to_json(record, {"ValueError: \"no\"", "  api/a.py:3  do_GET"});
  CHECK(line.find('\n') == line.npos);
  const auto json = nlohmann::ordered_json::parse(line);
  Lines names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  CHECK(names == Lines{"time", "id", "function", "instance", "method", "path", "status", "outcome",
                       "code", "cold", "init_ms", "wall_ms", "cpu_ms", "peak_bytes", "bytes_in",
                       "bytes_out", "explanation"});
  CHECK(json["explanation"] == "ValueError: \"no\"\n  api/a.py:3  do_GET");
  CHECK(json["init_ms"] == 3.1);
  CHECK(json["wall_ms"] == 4.25);
  CHECK(json["cpu_ms"] == 1.5);
  CHECK(json["code"].is_null());
  CHECK(json["path"] == "/api/a?x=\"\n\xef\xbf\xbd");

  record.shared = true;
  record.cold = false;
  const auto shared = nlohmann::json::parse(to_json(record, {}));
  CHECK(shared["explanation"].is_null());
  CHECK(shared["cpu_ms"].is_null());
  CHECK(shared["peak_bytes"].is_null());
  CHECK(shared["init_ms"].is_null());

  const auto empty = nlohmann::json::parse(to_json(Record{}, {}));
  CHECK(empty["function"].is_null());
  CHECK(empty["instance"].is_null());
  CHECK(empty["status"].is_null());
}

TEST_CASE("a line of a function is valid JSON whatever its bytes", "[accounting]") {
  for (int byte = 0; byte < 256; ++byte) {
    LogLine line{"api/a.py", 1, "", wire::Stream::Stderr, std::string(1, static_cast<char>(byte))};
    const auto json = nlohmann::json::parse(to_json(line));
    CHECK(json["stream"] == "stderr");
    CHECK(json["id"].is_null());
    if (byte < 128) CHECK(json["text"] == line.text);
  }
}

TEST_CASE("each outcome has its own name", "[accounting]") {
  const std::vector<Outcome> all = {Reply{},        HandlerRaised{}, NoResponse{},
                                    ImportFailed{}, TimedOut{},      Died{},
                                    TooLarge{},     Overloaded{},    ClientGone{}};
  Lines names;
  for (const auto& outcome : all) names.emplace_back(outcome_name(outcome));
  CHECK(names == Lines{"reply", "handler_raised", "no_response", "import_failed", "timed_out",
                       "died", "too_large", "overloaded", "client_gone"});
}

}  // namespace localfn
