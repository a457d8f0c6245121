#include "bindings/asgi/client_address.h"

#include <utility>

namespace localfn {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

ClientRule::ClientRule(std::string trusted)
    : trusted_(std::move(trusted)), all_(trimmed(trusted_) == "*") {}

bool ClientRule::trusts(std::string_view address) const {
  if (all_) return true;
  for (std::string_view rest = trusted_; !rest.empty();) {
    const auto comma = rest.find(',');
    if (trimmed(rest.substr(0, comma)) == address) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

std::string_view ClientRule::client(std::string_view forwarded_for) const {
  if (all_) return trimmed(forwarded_for.substr(0, forwarded_for.find(',')));
  while (!forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto entry = trimmed(forwarded_for.substr(begin));
    if (!entry.empty() && !trusts(entry)) return entry;
    forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
  }
  return {};
}

}  // namespace localfn
