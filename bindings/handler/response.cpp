#include "bindings/handler/response.h"

#include <utility>

namespace localfn {

bool Response::write(std::string_view bytes) {
  const std::string_view body = parser_.feed(bytes);
  if (body.empty()) return true;
  pass_head();
  return responder_->body(body);
}

void Response::release_head() {
  pass_whole_head();
  if (head_passed_) responder_->release_head();
}

void Response::streams() {
  pass_whole_head();
  responder_->streams();
}

void Response::finish() {
  parser_.finish();
  pass_whole_head();
}

void Response::pass_whole_head() {
  if (parser_.has_head() && !parser_.failed()) pass_head();
}

void Response::pass_head() {
  if (head_passed_) return;
  head_passed_ = true;
  responder_->head(std::move(parser_.head()));
}

}  // namespace localfn
