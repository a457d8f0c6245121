#include "runtime/base/clock.h"

#include <ctime>
#include <thread>

#include "tests/support/catch.h"

namespace localfn {
namespace {

// Independently of what is tested: "2026-11-23T12:04:31.123".
std::string shown(std::chrono::system_clock::time_point time) {
  const auto second = std::chrono::system_clock::to_time_t(time);
  const auto ms = std::chrono::floor<milliseconds>(time.time_since_epoch()).count() % 1000;
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts));
  const std::string digits = std::to_string(ms);
  return text + std::string(3 - digits.size(), '0') + digits;
}

void check_now() {
  const auto before = shown(std::chrono::system_clock::now());
  const std::string stamp = utc_timestamp();
  const auto after = shown(std::chrono::system_clock::now());
  CHECK(stamp.size() == 24);
  CHECK(stamp.back() == 'Z');
  CHECK(before <= stamp);
  CHECK(stamp.substr(0, 23) <= after);
}

}  // namespace

TEST_CASE("a timestamp is the present moment, to the millisecond, on every thread", "[base]") {
  for (int i = 0; i < 100; ++i) check_now();
  std::string other;
  std::thread([&other] { other = utc_timestamp(); }).join();
  CHECK(other.size() == 24);
  CHECK(other.substr(0, 10) <= utc_timestamp().substr(0, 10));
}

}  // namespace localfn
