#include "bindings/handler/call.h"

#include <pybind11/pybind11.h>

#include <utility>

namespace localfn {
namespace {

std::string plain_head(const wire::RequestFrame& request) {
  std::string head;
  head.reserve(request.target.size() + request.headers.size() + request.body.size() + 64);
  head.append(request.method).append(" ").append(request.target).append(" ");
  head.append(request.version).append("\r\n").append(request.headers).append("\r\n");
  return head.append(request.body);
}

}  // namespace

Call::Call(const wire::RequestFrame& request, Responder& responder, bool plain)
    : plain_(plain),
      line_size_(request.request_line.size()),
      request_(&request),
      response_(responder) {
  head_.reserve(request.request_line.size() + request.headers.size());
  head_.append(request.request_line).append(request.headers);
}

Call::~Call() {
  Py_XDECREF(client_address);
  Py_XDECREF(server_address);
  Py_XDECREF(rfile);
  Py_XDECREF(connection);
  Py_XDECREF(drain);
}

std::unique_lock<std::mutex> Call::lock() {
  std::unique_lock held(mutex_, std::try_to_lock);
  if (!held) {
    // The owner may be waiting for the GIL inside the Responder: never wait for it with the GIL.
    pybind11::gil_scoped_release release;
    held.lock();
  }
  return held;
}

Call::Written Call::write(std::string_view bytes) {
  const auto held = lock();
  if (over_) return Written::Over;
  if (shut) return Written::ClientGone;
  if (unsent && !response_.started()) response_.note_unsent_head();
  return response_.write(bytes) ? Written::Yes : Written::ClientGone;
}

void Call::note_flush() {
  if (returned) return;
  if (streamed) return release_head();  // flushed before there was one
  const auto held = lock();
  if (over_ || std::exchange(streamed, true)) return;
  response_.streams();
}

void Call::release_head() {
  if (response_.head_passed()) return;
  const auto held = lock();
  if (!over_) response_.release_head();
}

void Call::finish() {
  const auto held = lock();
  if (over_) return;
  over_ = true;
  response_.finish();
  request_ = nullptr;
  Py_CLEAR(rfile);
  Py_CLEAR(connection);
  Py_CLEAR(drain);
}

PyObject* Call::input() const {
  std::string head;
  std::string_view bytes;
  if (request_ && plain_)
    bytes = head = plain_head(*request_);
  else if (request_)
    bytes = request_->body;
  return PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
}

}  // namespace localfn
