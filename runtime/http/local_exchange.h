// A request that comes from this very process: no connection, the same handler.
//
// For commands that ask a project without serving it. The request is written as HTTP/1.1 and read by
// the same parser as one from the network, so that it means the same. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/http/chunked.h"
#include "runtime/http/front.h"
#include "runtime/http/head_parser.h"

namespace localfn::http {

struct LocalRequest {
  std::string method = "GET";
  std::string target = "/";
  wire::Headers headers;
  std::string body;
};

/// What came back. `cut`: the answer ended before it was complete.
struct LocalAnswer {
  int status = 0;
  wire::Headers headers;
  std::string body;
  bool cut = false;

  /// The first header of that name (any case); null when there is none.
  const std::string* header(std::string_view name) const;
};

class LocalExchange final : public Exchange {
 public:
  /// Takes each piece of the body as it comes instead of keeping it; may be empty. The head is in
  /// answer() by then.
  using BodySink = std::function<void(std::string_view)>;

  explicit LocalExchange(LocalRequest request, BodySink sink = {});

  /// Runs the handler, or answers with the page for a request that is none.
  void run(const Handler& handler, const RefusalPage& refusal_page);

  const LocalAnswer& answer() const { return answer_; }

  const Request& request() const override { return parser_.request(); }
  BodyStatus read_body(std::string_view& body) override;
  BodyPiece read_body_piece(std::string_view& piece) override;
  bool respond(int status, const wire::Headers& headers, std::string_view body) override;
  bool begin(int status, const wire::Headers& headers) override;
  bool write(std::string_view bytes) override;
  bool flush() override;
  bool holds() const override;
  bool finish() override;
  void cut() override;
  bool send_file(int status, const wire::Headers& headers, int fd, std::uint64_t offset,
                 std::uint64_t length) override;
  bool started() const override { return state_ != State::Waiting; }
  bool head_left() const override { return head_left_; }
  bool whole() const override { return state_ == State::Finished; }
  void close_after() override {}
  std::uint64_t body_bytes_sent() const override { return sent_; }
  std::uint64_t body_bytes_read() const override { return read_; }
  int client_fd() const override { return -1; }
  Clock::time_point arrived() const override { return arrived_; }

 private:
  enum class State { Waiting, Begun, Finished, Cut };

  void refuse(const Refusal& refusal, const RefusalPage& page);
  bool take_head(int status, const wire::Headers& headers);
  void take(std::string_view bytes);
  void pass_on();

  const LocalRequest given_;
  const BodySink sink_;
  std::string head_;
  HeadParser parser_;
  HeadParser::Result parsed_;
  Clock::time_point arrived_;
  LocalAnswer answer_;
  State state_ = State::Waiting;
  bool head_left_ = false;
  bool bodiless_ = false;
  bool chunked_by_hand_ = false;
  ChunkedDecoder decoder_;
  std::uint64_t declared_ = 0;
  bool has_length_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace localfn::http
