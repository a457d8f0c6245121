#include "runtime/http/pages/request_ids.h"

#include <sys/random.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <string_view>

#include "runtime/base/errors.h"

namespace localfn::http {
namespace {

constexpr std::uint64_t kMask = (std::uint64_t{1} << 48) - 1;

/// Scatters 48 bits one to one: each step can be undone, so different counts stay different.
std::uint64_t scatter(std::uint64_t value) {
  value = (value * 0x9E3779B97F4B) & kMask;
  value ^= value >> 25;
  value = (value * 0xBF58476D1CE5) & kMask;
  return value ^ (value >> 23);
}

void random_bytes(void* to, std::size_t size) {
  // At most 256 bytes never come in part; only the wait for the first entropy can be interrupted.
  ssize_t got = 0;
  do {
    got = ::getrandom(to, size, 0);
  } while (got < 0 && errno == EINTR);
  check(static_cast<int>(got), "read random bytes");
}

}  // namespace

RequestIds::RequestIds() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::uint64_t random[2] = {};
  random_bytes(random, sizeof random);
  seed_ = random[0];
  for (char& letter : process_) {
    letter = kLetters[random[1] % kLetters.size()];
    random[1] /= kLetters.size();
  }
}

std::string RequestIds::make(AnsweredBy who) {
  constexpr std::string_view kHex = "0123456789abcdef";
  char buffer[64];
  char* at = buffer;
  const auto put = [&at](std::string_view text) { at += text.copy(at, text.size()); };
  put(who == AnsweredBy::Function ? "dev1::dev1::" : "dev1::");
  put({process_.data(), process_.size()});
  put("-");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  at = std::to_chars(at, at + 20, ms).ptr;
  put("-");
  const std::uint64_t number =
      scatter((seed_ + count_.fetch_add(1, std::memory_order_relaxed)) & kMask);
  for (int shift = 44; shift >= 0; shift -= 4) *at++ = kHex[(number >> shift) & 15];
  return {buffer, static_cast<std::size_t>(at - buffer)};
}

}  // namespace localfn::http
