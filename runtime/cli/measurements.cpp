#include "runtime/cli/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/cli/layout.h"

namespace localfn::cli {
namespace {

constexpr std::array<double, 4> kPercentiles = {50, 90, 99, 100};
constexpr std::size_t kMostBar = 40;

double in_ms(microseconds time) { return static_cast<double>(time.count()) / 1000.0; }

std::vector<microseconds> sorted(std::vector<microseconds> values) {
  std::sort(values.begin(), values.end());
  return values;
}

std::string row(const char* name, const std::vector<microseconds>& values) {
  if (values.empty()) return {};
  std::string text = fmt::format("{:<6}{:>7}", name, values.size());
  for (const double percent : kPercentiles) {
    text += fmt::format("{:>10.2f}", in_ms(percentile(values, percent)));
  }
  return text + "\n";
}

/// Counts between powers of two of a quarter millisecond: 0.25, 0.5, 1, 2 … ms.
std::string histogram(const std::vector<microseconds>& values) {
  std::map<int, std::size_t> buckets;
  for (const microseconds value : values) {
    const double quarters = std::max(in_ms(value) * 4, 0.01);
    ++buckets[std::max(0, static_cast<int>(std::ceil(std::log2(quarters))))];
  }
  if (buckets.empty()) return {};
  std::size_t most = 0;
  for (const auto& [bucket, count] : buckets) most = std::max(most, count);
  std::string text;
  for (int bucket = buckets.begin()->first; bucket <= buckets.rbegin()->first; ++bucket) {
    const auto found = buckets.find(bucket);
    const std::size_t count = found == buckets.end() ? 0 : found->second;
    const std::size_t bar = count == 0 ? 0 : std::max<std::size_t>(1, count * kMostBar / most);
    text += fmt::format("  <= {:>8.2f} ms {:>7}{}{}\n", std::ldexp(0.25, bucket), count,
                        bar == 0 ? "" : "  ", std::string(bar, '#'));
  }
  return text;
}

nlohmann::ordered_json summary(const std::vector<microseconds>& values) {
  nlohmann::ordered_json result = {{"count", values.size()}};
  if (values.empty()) return result;
  for (const double percent : kPercentiles) {
    result[percent == 100 ? "max_ms" : fmt::format("p{:.0f}_ms", percent)] =
        in_ms(percentile(values, percent));
  }
  return result;
}

double per_second(std::size_t count, microseconds took) {
  return took.count() == 0 ? 0 : static_cast<double>(count) * 1e6 / static_cast<double>(took.count());
}

}  // namespace

microseconds percentile(const std::vector<microseconds>& values, double percent) {
  if (values.empty()) return microseconds(0);
  const double rank = std::ceil(percent / 100.0 * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return values[std::min(index, values.size() - 1)];
}

void Measurements::add(const Record& record) {
  (record.cold ? cold_ : warm_).push_back(record.wall);
  ++statuses_[record.status];
}

std::vector<microseconds> Measurements::all() const {
  auto values = warm_;
  values.insert(values.end(), cold_.begin(), cold_.end());
  return sorted(std::move(values));
}

std::string Measurements::text(microseconds took) const {
  const auto values = all();
  std::string statuses;
  for (const auto& [status, count] : statuses_) {
    statuses += fmt::format("{}{} × {}", statuses.empty() ? "" : ", ", count, status);
  }
  return fmt::format("{} requests in {:.1f} ms: {:.0f} a second; {}\n\n", count(), in_ms(took),
                     per_second(count(), took), statuses) +
         fmt::format("{:<6}{:>7}{:>10}{:>10}{:>10}{:>10}  ms\n", "", "", "p50", "p90", "p99",
                     "max") +
         row("all", values) + row("warm", sorted(warm_)) + row("cold", sorted(cold_)) + "\n" +
         histogram(values);
}

std::string Measurements::json(microseconds took) const {
  nlohmann::ordered_json statuses;
  for (const auto& [status, count] : statuses_) statuses[std::to_string(status)] = count;
  const nlohmann::ordered_json result = {{"requests", count()},
                                         {"took_ms", in_ms(took)},
                                         {"per_second", per_second(count(), took)},
                                         {"statuses", statuses},
                                         {"all", summary(all())},
                                         {"warm", summary(sorted(warm_))},
                                         {"cold", summary(sorted(cold_))}};
  return json_text(result);
}

}  // namespace localfn::cli
