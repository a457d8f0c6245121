// A Front on a free port of the loopback and a client that sends raw bytes to it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/http/front.h"

namespace localfn::http::testing {

/// Every wait of the tests ends at the latest after this; only a failing test gets there.
inline constexpr milliseconds kPatience{10'000};

struct Answer {
  bool complete = false;  ///< head and body, as far as their framing says
  int status = 0;
  std::string status_line;
  std::string head;  ///< header lines "Name: value\r\n"
  std::string body;  ///< without chunks
  bool chunked = false;

  /// Values of all headers of that name, in order, joined by "|".
  std::string header(std::string_view name) const;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  /// With a socket that exists already.
  RawClient(UniqueFd socket, std::uint16_t port);

  RawClient& send(std::string_view bytes);
  /// The next answer, interim ones included. `to_head`: an answer to a HEAD, which has no body.
  Answer answer(bool to_head = false);
  /// Reads exactly that many bytes, or fewer when the connection ends.
  std::string take(std::size_t bytes);
  /// Everything up to the end of the connection. `was_reset` tells how it ended.
  std::string rest();
  bool was_reset() const { return reset_; }
  /// Whether the server has ended the connection with nothing more to say.
  bool ended() { return rest().empty(); }
  /// Whether bytes or the end have arrived that nobody has read.
  bool has_news();
  RawClient& end_output();
  int fd() const { return fd_.get(); }
  std::uint16_t port() const;

 private:
  bool receive();
  std::string take_line();
  void take_chunks(Answer& answer);

  UniqueFd fd_;
  std::string buffer_;
  bool reset_ = false;
};

/// Describes a request in its answer, one "name=value" a line, then "body=" and the body.
void echo(Exchange& exchange);

/// A refusal's page: its code as text, its reason in a header.
std::pair<wire::Headers, std::string> plain_page(const Refusal& refusal);

/// A running Front.
class TestFront {
 public:
  explicit TestFront(Handler handler = echo, Limits limits = {});
  ~TestFront() { front.stop(Deadline::after(kPatience)); }

  RawClient client() const { return RawClient(port); }
  /// One request on a connection of its own.
  Answer ask(std::string_view bytes, bool to_head = false) const;
  std::vector<Refusal> refusals();

  Front front;
  std::uint16_t port = 0;

 private:
  std::mutex mutex_;
  std::vector<Refusal> refusals_;
};

/// What a handler found: assertions of the test framework belong to the test's own thread.
class Verdict {
 public:
  void expect(bool good) {
    if (!good) good_ = false;
  }
  bool good() const { return good_; }

 private:
  std::atomic<bool> good_{true};
};

/// Something one thread tells another.
class Event {
 public:
  void set();
  bool wait();  ///< false when patience ended first

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

}  // namespace localfn::http::testing
