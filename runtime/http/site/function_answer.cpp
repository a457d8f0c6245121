#include "runtime/http/site/function_answer.h"

#include <charconv>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/http/answer.h"
#include "runtime/http/pages/platform_headers.h"

namespace localfn::http {
namespace {

// Bodies up to this are looked at for what a hint may say of them.
constexpr std::size_t kMostLookedAt = 64 * 1024;

// What the function declared; a value that is no number declares nothing.
std::size_t declared_length(const wire::Headers& headers, std::size_t undeclared) {
  for (const auto& [name, text] : headers) {
    if (!equal_ignoring_case(name, "content-length")) continue;
    const std::string_view value = trim(text);
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    return error == std::errc() && end == value.data() + value.size() ? length : undeclared;
  }
  return undeclared;
}

}  // namespace

bool FunctionAnswer::head(wire::HeadFrame head, std::string& why) {
  // Its own, not the one that takes its place.
  if (why = unsendable(head.status, {}); !why.empty()) return false;
  const int status = fixed_status_ != 0 ? fixed_status_ : head.status;
  no_body_ = status == 204 || status == 304 || exchange_.request().method == "HEAD";
  declared_ = declared_length(head.headers, kUndeclared);
  auto headers = function_headers(std::move(head), std::string(id_), rules_.headers());
  rules_.finish(headers);
  if (!exchange_.begin(status, headers)) {
    why = unsendable(status, headers);
    return false;
  }
  status_ = status;
  return true;
}

bool FunctionAnswer::body(std::string_view bytes) {
  body_bytes_ += bytes.size();
  if (declared_ != kUndeclared && only_ascii_) {
    only_ascii_ = body_bytes_ <= kMostLookedAt && is_ascii(bytes);
  }
  if (!strict_ || streamed_) return exchange_.write(bytes);
  if (body_bytes_ > kBufferedLimit) {
    too_large_ = true;
    held_.clear();
  } else {
    held_.append(bytes);
  }
  return true;  // what is too large is read and dropped: the function may finish
}

void FunctionAnswer::streams() {
  streamed_ = true;
  release();
}

void FunctionAnswer::complete() {
  if (too_large_) return;  // the error takes its place
  completed_ = true;
  release();
  if (!exchange_.finish()) exchange_.cut();
}

void FunctionAnswer::upgraded() {
  status_ = 101;
  streamed_ = completed_ = true;
  exchange_.hand_over();
}

bool FunctionAnswer::release() {
  const std::string held = std::move(held_);
  held_.clear();
  return held.empty() || exchange_.write(held);
}

bool FunctionAnswer::flush() { return (strict_ && !streamed_) || exchange_.flush(); }

bool FunctionAnswer::holds() const { return (!strict_ || streamed_) && exchange_.holds(); }

// An answer without a declared length that the function broke off looks complete to its client, as
// it does behind the platform's proxy: it is passed on as it is.
bool FunctionAnswer::incomplete(bool /*failed*/) const {
  return declared_ != kUndeclared && !no_body_ && body_bytes_ < declared_;
}

}  // namespace localfn::http
