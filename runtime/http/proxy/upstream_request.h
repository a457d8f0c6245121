// The head of a request as another server gets it: the client's, and what a proxy changes in it.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/front.h"
#include "runtime/http/proxy/origin.h"
#include "runtime/rules/header_edit.h"

namespace localfn::http {

/// Names that belong to one connection and are not passed on (RFC 9110, 7.6.1): the usual ones and
/// those that a Connection header names.
class HopByHop {
 public:
  template <typename Headers>
  explicit HopByHop(const Headers& headers) {
    for (const auto& [name, value] : headers) note(name, value);
  }
  bool has(std::string_view name) const;

 private:
  void note(std::string_view name, std::string_view value);
  std::string listed_;  ///< values of Connection, joined by commas
};

/// `edits` come from `transforms`; they see the client's headers only, not what is set here: Host,
/// the framing of the body, x-forwarded-* and x-localfn-hops. The client's x-vercel-* are dropped
/// (specification 5.5). The answer is asked to end its connection.
std::string upstream_head(const Request& request, const Origin& origin, std::string_view target,
                          const std::vector<rules::HeaderEdit>& edits, int hops);

}  // namespace localfn::http
