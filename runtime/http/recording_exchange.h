// An exchange that remembers what passes through it: request and answer, up to a limit each.
//
// For `localfn dev --record`. Stands between a connection's exchange and the handler, and changes
// nothing. Used on the connection's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/http/front.h"

namespace localfn::http {

struct PassedBody {
  std::string bytes;
  bool whole = true;  ///< false: there was more of it, or it is not known
};

class RecordingExchange final : public Exchange {
 public:
  /// `most`: bytes that are kept of either body.
  RecordingExchange(Exchange& inner, std::size_t most) : inner_(inner), most_(most) {}

  int status() const { return status_; }  ///< 0: nothing that could be shown to somebody
  const wire::Headers& headers() const { return headers_; }
  const PassedBody& request_body() const { return request_; }
  const PassedBody& answer_body() const { return answer_; }

  const Request& request() const override { return inner_.request(); }
  BodyStatus read_body(std::string_view& body) override;
  BodyPiece read_body_piece(std::string_view& piece) override;
  bool respond(int status, const wire::Headers& headers, std::string_view body) override;
  bool begin(int status, const wire::Headers& headers) override;
  bool write(std::string_view bytes) override;
  bool flush() override { return inner_.flush(); }
  bool holds() const override { return inner_.holds(); }
  bool finish() override { return inner_.finish(); }
  void cut() override;
  bool send_file(int status, const wire::Headers& headers, int fd, std::uint64_t offset,
                 std::uint64_t length) override;
  bool started() const override { return inner_.started(); }
  bool head_left() const override { return inner_.head_left(); }
  bool whole() const override { return inner_.whole(); }
  void close_after() override { inner_.close_after(); }
  std::uint64_t body_bytes_sent() const override { return inner_.body_bytes_sent(); }
  std::uint64_t body_bytes_read() const override { return inner_.body_bytes_read(); }
  int client_fd() const override { return inner_.client_fd(); }
  Clock::time_point arrived() const override { return inner_.arrived(); }
  std::string_view bytes_after_head() const override { return inner_.bytes_after_head(); }
  void hand_over() override;

 private:
  void note_head(int status, const wire::Headers& headers);
  void add(PassedBody& body, std::string_view bytes) const;

  Exchange& inner_;
  const std::size_t most_;
  int status_ = 0;
  wire::Headers headers_;
  PassedBody request_;
  PassedBody answer_;
};

}  // namespace localfn::http
