#include "runtime/cli/measurements.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace localfn::cli {
namespace {

Record record(int ms, bool cold = false, int status = 200) {
  Record record;
  record.wall = std::chrono::milliseconds(ms);
  record.cold = cold;
  record.status = status;
  return record;
}

}  // namespace

TEST_CASE("a percentile is a value that was measured", "[measurements]") {
  std::vector<microseconds> values;
  for (int i = 1; i <= 100; ++i) values.emplace_back(i);
  CHECK(percentile(values, 50).count() == 50);
  CHECK(percentile(values, 99).count() == 99);
  CHECK(percentile(values, 100).count() == 100);
  CHECK(percentile({microseconds(7)}, 1).count() == 7);
  CHECK(percentile({}, 50).count() == 0);
}

TEST_CASE("cold and warm requests are told apart", "[measurements]") {
  Measurements measurements;
  measurements.add(record(12, true));
  for (int i = 0; i < 8; ++i) measurements.add(record(1));
  measurements.add(record(3, false, 500));
  const auto json = nlohmann::json::parse(measurements.json(std::chrono::milliseconds(100)));
  CHECK(json["requests"] == 10);
  CHECK(json["per_second"] == 100.0);
  CHECK(json["cold"]["count"] == 1);
  CHECK(json["cold"]["max_ms"] == 12.0);
  CHECK(json["warm"]["count"] == 9);
  CHECK(json["warm"]["p50_ms"] == 1.0);
  CHECK(json["warm"]["max_ms"] == 3.0);
  CHECK(json["statuses"]["200"] == 9);
  CHECK(json["statuses"]["500"] == 1);

  const auto text = measurements.text(std::chrono::milliseconds(100));
  CHECK_THAT(text, ContainsSubstring("10 requests in 100.0 ms: 100 a second; 9 × 200, 1 × 500"));
  CHECK_THAT(text, ContainsSubstring("<=     1.00 ms       8  ####"));
  CHECK_THAT(text, ContainsSubstring("<=    16.00 ms       1  #"));
}

TEST_CASE("nothing measured is no division by zero", "[measurements]") {
  const Measurements none;
  CHECK_THAT(none.text(microseconds(0)), ContainsSubstring("0 requests"));
  CHECK(nlohmann::json::parse(none.json(microseconds(0)))["all"]["count"] == 0);
}

}  // namespace localfn::cli
