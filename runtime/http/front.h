// The HTTP front: connections in, whole and unambiguous requests out.
//
// A cpp-httplib server accepts and gives each connection a thread; what cpp-httplib would then read
// and write is done by Connection (see README.md of this folder for why). Everything here that
// depends on cpp-httplib's version stays in server.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/wire.h"

namespace localfn::http {

/// Limits and time-outs of connections; the defaults are the platform's or architecture.md's.
struct Limits {
  std::size_t target = 14 * 1024;          ///< longer: 414
  std::size_t header_line = 16 * 1024;     ///< longer: 431
  std::size_t head = 32 * 1024;            ///< longer: 431
  std::size_t header_count = 256;          ///< more: 431
  std::size_t body = 4'718'592;            ///< 4.5 MB; longer: 413
  milliseconds head_time{10'000};          ///< for the whole head: 408
  milliseconds idle_time{60'000};          ///< keep-alive
  milliseconds progress_time{30'000};      ///< a body or answer that does not move: closed (408)
};

/// A request whose head has been read and found unambiguous. Views into the connection's buffer,
/// valid until the exchange is over.
struct Request {
  std::string_view method;
  std::string_view target;        ///< as sent; an absolute-form target is reduced to its path
  std::string_view path;          ///< target up to '?', fragment removed
  std::string_view query;
  bool has_query = false;
  std::string_view version;       ///< "HTTP/1.1" or "HTTP/1.0"
  std::string_view request_line;  ///< as sent, without CRLF
  std::string_view header_block;  ///< raw lines "Name: value\r\n", as sent
  std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< values trimmed
  std::string_view peer_address;  ///< "127.0.0.1"
  std::uint16_t peer_port = 0;
  std::string_view host;          ///< value of Host; empty for HTTP/1.0 without one

  /// The first header of that name (any case); nullptr-like empty view with found=false otherwise.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

enum class BodyStatus { Whole, TooLarge, Malformed, TimedOut, Gone };
enum class BodyPiece { Data, Pending, End, Malformed, Gone };

/// One request and the means to answer it. Used on the connection's thread only.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;

  /// Reads the whole body, de-chunked, sending 100 Continue first where the client waits for it.
  /// `body` stays valid until the exchange is over. Anything but Whole: answer (413, 400, 408) and
  /// the connection closes after it.
  virtual BodyStatus read_body(std::string_view& body) = 0;

  /// The next bytes of a body of any size, de-chunked, for whoever passes them on instead of calling
  /// read_body(). The first call sends 100 Continue where the client waits for it. Never waits: on
  /// Pending, poll client_fd() for POLLIN. `piece` is valid until the next call. The connection ends
  /// with an answer whose head leaves before End.
  virtual BodyPiece read_body_piece(std::string_view& piece) = 0;

  /// Sends a complete answer in one piece. Names in `headers` keep their case and order; framing
  /// headers (Content-Length, Connection) and Date, where missing, are added here. HEAD, 204 and
  /// 304 send no body, and 204 no length; for HEAD and 304 a Content-Length among `headers` is
  /// kept, otherwise it is that of `body`. It replaces a begun answer of which nothing has left.
  /// Returns false when the client has gone, and, with nothing sent, when such an answer cannot be
  /// sent: unsendable() in answer.h tells why.
  virtual bool respond(int status, const wire::Headers& headers, std::string_view body) = 0;

  /// Begins an answer of which the length may be unknown: then chunked for HTTP/1.1, closed by
  /// the end of the connection for HTTP/1.0. A Content-Length among `headers` is kept and more
  /// bytes than it says are dropped. With Transfer-Encoding: chunked among them the body is taken
  /// to be in chunks already: they are decoded, and the answer is framed anew. Nothing is sent
  /// before flush(), finish() or a full buffer. False as for respond().
  virtual bool begin(int status, const wire::Headers& headers) = 0;
  virtual bool write(std::string_view bytes) = 0;  ///< false: the client has gone
  virtual bool flush() = 0;
  virtual bool holds() const = 0;  ///< the head or body bytes wait for flush() or finish()
  /// The answer is complete. When nothing had been sent yet, the length is now known and declared.
  /// False when the client has gone, or when the body is shorter than its Content-Length: the
  /// connection is then cut.
  virtual bool finish() = 0;
  /// The answer cannot be completed: the connection is cut so that the client notices.
  virtual void cut() = 0;

  /// Sends `length` bytes of the open file `fd` from `offset` as the body of an answer, with that
  /// Content-Length. HEAD sends the head only. A file that ends early cuts the connection.
  virtual bool send_file(int status, const wire::Headers& headers, int fd, std::uint64_t offset,
                         std::uint64_t length) = 0;

  virtual bool started() const = 0;            ///< a head has been given (sent or held)
  virtual bool head_left() const = 0;          ///< bytes of the answer are on their way
  /// All bytes that the head promises have been given, held or not. Never true of an answer of
  /// undeclared length before finish().
  virtual bool whole() const = 0;
  virtual void close_after() = 0;              ///< this connection ends after the answer
  virtual std::uint64_t body_bytes_sent() const = 0;
  virtual std::uint64_t body_bytes_read() const = 0;
  /// To poll for POLLHUP, POLLERR and POLLRDHUP. POLLRDHUP alone may also be a client that has
  /// only ended its own side (`nc -N`) and still waits for the answer.
  virtual int client_fd() const = 0;
  virtual Clock::time_point arrived() const = 0;  ///< when the head was complete

  /// What the client has sent after the head of a request without a body, as far as it is here.
  virtual std::string_view bytes_after_head() const { return {}; }
  /// Somebody else has client_fd() for his own (a copy of it, by SCM_RIGHTS): nothing is read or
  /// written here any more, and this end is closed without a word.
  virtual void hand_over() {}
};

/// Serves one request. Must not throw; an exception answers 500 and leaks nothing.
using Handler = std::function<void(Exchange&)>;

/// A request that was refused before a Handler could see it: bad head, too long, too slow.
struct Refusal {
  int status = 400;
  std::string code;    ///< MALFORMED_REQUEST_HEADER, URL_TOO_LONG, …
  std::string reason;  ///< for the terminal: "two different Content-Length headers"
  std::string method;  ///< as far as known
  std::string target;
  std::string accept;  ///< value of Accept as far as known: the page is negotiated
};
/// Makes the answer to a refusal: headers and body. Called on the connection's thread, also with
/// status 500, code INTERNAL_SERVER_ERROR, for a Handler that threw or did not answer; `reason` then
/// holds the text of the exception, which is for the terminal only.
using RefusalPage = std::function<std::pair<wire::Headers, std::string>(const Refusal&)>;

class Front {
 public:
  Front(Limits limits, Handler handler, RefusalPage refusal_page);
  ~Front();

  /// Binds HOST:PORT (port 0: any). Returns the port; throws std::system_error naming the address.
  std::uint16_t bind(const std::string& host, std::uint16_t port);

  /// Starts the accepting thread.
  void start();

  /// No new connections, idle ones closed; those with a request finish it until `deadline`, then
  /// they are cut. Returns when all are gone, so a Handler must come to an end once its client has.
  void stop(Deadline deadline);

  std::size_t connections() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace localfn::http
