// An HTTP client for tests: raw bytes over loopback, answers taken apart exactly.
//
// It hides nothing: header order, case and duplicates stay, and an answer that breaks the rules is
// an exception that shows its bytes. Every wait has a deadline. One thread a connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "tests/support/processes.h"

namespace localfn::test {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  std::string version;  ///< "HTTP/1.1"
  int status = 0;
  std::string reason;
  HeaderList headers;
  std::string body;  ///< de-chunked
  bool chunked = false;
  bool complete = false;  ///< false: the connection ended before the body did

  /// Value of the first header of that name (any case); empty when there is none.
  std::string header(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  bool has(std::string_view name) const { return !all(name).empty(); }
};

/// One connection to 127.0.0.1.
class Connection {
 public:
  explicit Connection(std::uint16_t port, Deadline deadline = patience());

  void send(std::string_view bytes);

  /// The next answer; 1xx answers before it are counted, not returned. `method` decides whether a
  /// body can follow. Throws std::runtime_error when there is none by the deadline, or no HTTP.
  Answer read_answer(std::string_view method = "GET", Deadline deadline = patience());

  /// Bytes up to and including `text`, waiting for them. Throws when they do not come.
  std::string read_to(std::string_view text, Deadline deadline = patience());

  /// Takes bytes up to the end of the connection without keeping them; the last ones in `tail`, as
  /// many as it has. How many there were. Throws when they stop for longer than patience().
  std::uint64_t discard_all(std::string& tail);

  /// Everything up to the end of the connection.
  std::string read_all(Deadline deadline = patience());

  /// Whether the server closes within the deadline, without sending anything more.
  bool closed_by_server(Deadline deadline = patience());

  void finish_sending();  ///< half close
  void reset();           ///< close with RST: what a vanished client looks like
  void close() { socket_.reset(); }

  int continues() const { return continues_; }  ///< how many "100 Continue" have come

 private:
  enum class Read { Bytes, End, Late };
  Read fill(Deadline deadline);
  std::string take(std::size_t bytes, Deadline deadline, bool& complete);
  std::string take_line(Deadline deadline);
  Answer read_head(Deadline deadline);
  void read_chunks(Answer& answer, Deadline deadline);

  UniqueFd socket_;
  std::string pending_;
  int continues_ = 0;
};

/// A request as bytes; Host, Connection and (with a body) Content-Length are added unless given.
std::string make_request(std::string_view method, std::string_view target,
                         const HeaderList& headers = {}, std::string_view body = "");

/// One request on a connection of its own. A server that does not answer throws.
Answer request_once(std::uint16_t port, std::string_view method, std::string_view target,
                    const HeaderList& headers = {}, std::string_view body = "",
                    Deadline deadline = patience());

}  // namespace localfn::test
