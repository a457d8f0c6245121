// A client in memory: what an Exchange would have sent, for tests of what localfn answers itself.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/http/front.h"
#include "runtime/http/pages/platform_headers.h"

namespace localfn::test {

class FakeExchange final : public http::Exchange {
 public:
  explicit FakeExchange(std::string method = "GET", wire::Headers with = {})
      : method_(std::move(method)), sent_headers_(std::move(with)) {
    request_.method = method_;
    for (const auto& [name, value] : sent_headers_) request_.headers.emplace_back(name, value);
  }

  // What the client has got.
  int status = 0;
  wire::Headers headers;
  std::string body;
  int answers = 0;
  bool client_is_there = true;

  std::optional<std::string> header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (equal_ignoring_case(key, name)) return value;
    }
    return std::nullopt;
  }
  std::vector<std::string> header_names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers) names.push_back(name);
    return names;
  }

  const http::Request& request() const override { return request_; }
  http::BodyStatus read_body(std::string_view& whole) override {
    whole = {};
    return http::BodyStatus::Whole;
  }
  http::BodyPiece read_body_piece(std::string_view& piece) override {
    piece = {};
    return http::BodyPiece::End;
  }
  bool respond(int code, const wire::Headers& with, std::string_view bytes) override {
    ++answers;
    status = code;
    headers = with;
    if (method_ != "HEAD" && code != 204 && code != 304) body = bytes;
    return client_is_there;
  }
  bool send_file(int code, const wire::Headers& with, int fd, std::uint64_t offset,
                 std::uint64_t length) override {
    respond(code, with, {});
    while (body.size() < length) {
      char piece[4096];
      const std::size_t want = std::min<std::size_t>(sizeof piece, length - body.size());
      const ssize_t got = ::pread(fd, piece, want, static_cast<off_t>(offset + body.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      body.append(piece, static_cast<std::size_t>(got));
    }
    return client_is_there;
  }

  bool begin(int, const wire::Headers&) override { return unused(); }
  bool write(std::string_view) override { return unused(); }
  bool flush() override { return unused(); }
  bool finish() override { return unused(); }
  void cut() override { unused(); }
  bool holds() const override { return false; }
  bool started() const override { return answers > 0; }
  bool head_left() const override { return answers > 0; }
  bool delivered() const override { return false; }
  void close_after() override {}
  std::uint64_t body_bytes_sent() const override { return body.size(); }
  std::uint64_t body_bytes_read() const override { return 0; }
  int client_fd() const override { return -1; }
  Clock::time_point arrived() const override { return Clock::now(); }

 private:
  static bool unused() { throw std::logic_error("pages answer in one piece"); }

  std::string method_;
  wire::Headers sent_headers_;
  http::Request request_;
};

}  // namespace localfn::test
