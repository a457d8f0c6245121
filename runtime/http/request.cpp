#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/http/front.h"

namespace localfn::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [candidate, value] : headers) {
    if (equal_ignoring_case(candidate, name)) return value;
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  for (const auto& [candidate, value] : headers) {
    if (equal_ignoring_case(candidate, name)) return true;
  }
  return false;
}

}  // namespace localfn::http
