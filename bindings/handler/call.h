// The state of one invocation of a handler class: what the function may read, what it has written.
//
// Owned by the native `wfile` (writer.h), because user code may keep that longer than the
// invocation lasts; finish() cuts it off from the request and the Responder. All members are used
// with the GIL held; write() may be called by several threads of the function.
#pragma once

#include <Python.h>

#include <mutex>
#include <string>
#include <string_view>

#include "bindings/handler/response.h"

namespace localfn {

class Call {
 public:
  enum class Written { Yes, ClientGone, Over };

  Call(const wire::RequestFrame& request, Responder& responder, bool plain);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Sends raw response bytes. Waits for another thread's write with the GIL released.
  Written write(std::string_view bytes);

  /// `wfile.flush()` was called. Before the method has returned it makes the answer a streamed one,
  /// and a head that is whole leaves.
  void note_flush();

  /// The body may be long in coming: a head that is whole leaves, unless it has left.
  void release_head();

  /// The invocation is over: nothing can be written or read any more. The Response tells how it
  /// went.
  void finish();
  bool over() const { return over_; }
  const Response& response() const { return response_; }

  std::string_view request_line() const { return std::string_view(head_).substr(0, line_size_); }
  std::string_view header_lines() const { return std::string_view(head_).substr(line_size_); }

  /// What `rfile` delivers, as bytes: the body, on the plain path after a whole head.
  /// A new reference; null with an exception set.
  PyObject* input() const;

  // State of the native response methods: lines that flush_headers() has not written yet.
  std::string lines;
  bool lines_begun = false;  ///< `_headers_buffer` exists, as far as Python can tell
  bool unsent = false;       ///< lines wait for flush_headers(), here or in that list
  bool spilled = false;      ///< it is a real list; the standard library's methods take over

  bool told_of_second_head = false;

  bool streamed = false;  ///< flush() was called while the function ran
  bool returned = false;  ///< the function's method has returned
  bool served = false;    ///< handle_one_request has run once
  bool closed = false;    ///< `wfile.close()` was called
  bool shut = false;      ///< the function has shut its connection for writing

  PyObject* client_address = nullptr;  ///< owned; the adapter sets both
  PyObject* server_address = nullptr;

  // Made on first use; dropped when the invocation ends.
  PyObject* rfile = nullptr;
  PyObject* connection = nullptr;
  PyObject* drain =
      nullptr;  ///< called before each write: bytes sent through a real socket go first

 private:
  std::unique_lock<std::mutex> lock();

  const bool plain_;
  bool over_ = false;
  std::string head_;  ///< request line and header lines, copied: `self` may outlive the request
  std::size_t line_size_;
  const wire::RequestFrame* request_;
  std::mutex mutex_;
  Response response_;
};

}  // namespace localfn
