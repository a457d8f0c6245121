// Makes the value of x-vercel-id: `dev1::dev1::kqu3o-1795411852550-bf7b5510d18e`.
//
// The wiring owns one for the life of the process; every request takes one id, on any thread,
// without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace localfn::http {

/// Who answers: a function adds a second region to the id, as on the platform.
enum class AnsweredBy { Host, Function };

class RequestIds {
 public:
  /// Draws what tells this process from others; throws std::system_error when the kernel has no
  /// random bytes.
  RequestIds();

  /// A new id. No two of one process are alike (before 2^48 of them).
  std::string make(AnsweredBy who);

 private:
  std::array<char, 5> process_{};
  std::uint64_t seed_ = 0;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace localfn::http
