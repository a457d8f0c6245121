// Latencies of many requests to one function: percentiles, a histogram, cold and warm apart.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "runtime/functions/accounting.h"

namespace localfn::cli {

class Measurements {
 public:
  void add(const Record& record);

  std::size_t count() const { return warm_.size() + cold_.size(); }

  /// `took`: from the first request's begin to the last one's end.
  std::string text(microseconds took) const;
  std::string json(microseconds took) const;

 private:
  std::vector<microseconds> all() const;

  std::vector<microseconds> warm_;
  std::vector<microseconds> cold_;
  std::map<int, std::size_t> statuses_;
};

/// The value that `percent` of the sorted values do not exceed; zero when there are none.
microseconds percentile(const std::vector<microseconds>& sorted, double percent);

}  // namespace localfn::cli
