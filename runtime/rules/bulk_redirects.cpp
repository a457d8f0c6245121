#include "runtime/rules/bulk_redirects.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/rules/key_matcher.h"

namespace localfn::rules {

void BulkRedirectIndex::fill(const std::vector<BulkRedirect>& redirects) {
  redirects_ = &redirects;
  for (std::size_t i = 0; i < redirects.size(); ++i) {
    const BulkRedirect& redirect = redirects[i];
    if (redirect.case_sensitive) {
      exact_.emplace(redirect.source, i);
    } else {
      any_case_.emplace(lower_case(redirect.source), i);
    }
  }
}

const BulkRedirect* BulkRedirectIndex::find(std::string_view path) const {
  if (exact_.empty() && any_case_.empty()) return nullptr;
  std::size_t first = redirects_->size();
  const auto look = [&first](const Table& table, const std::string& key) {
    const auto found = table.find(key);
    if (found != table.end()) first = std::min(first, found->second);
  };
  if (!exact_.empty()) look(exact_, std::string(path));
  if (!any_case_.empty()) look(any_case_, lower_case(path));
  return first == redirects_->size() ? nullptr : &(*redirects_)[first];
}

}  // namespace localfn::rules
