// The redirects of `bulkRedirectsPath`: exact paths, found by hash.
//
// Filled while the table is compiled, asked by any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/rules/spec.h"

namespace localfn::rules {

class BulkRedirectIndex {
 public:
  /// `redirects` must outlive the index.
  void fill(const std::vector<BulkRedirect>& redirects);

  /// The first one for that path; null when there is none.
  const BulkRedirect* find(std::string_view path) const;

 private:
  using Table = std::unordered_map<std::string, std::size_t>;

  const std::vector<BulkRedirect>* redirects_ = nullptr;
  Table exact_;
  Table any_case_;  ///< by the path in lower case
};

}  // namespace localfn::rules
