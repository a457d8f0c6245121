#include "runtime/http/proxy/upstream_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/http/header_line.h"

namespace localfn::http {
namespace {

constexpr std::array<std::string_view, 7> kHopByHop = {
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"};

/// Set by upstream_head() itself, whatever the client or a transform says.
constexpr std::array<std::string_view, 9> kOurs = {
    "host",           "content-length",    "expect",
    "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto",
    "x-forwarded-host", "x-localfn-hops",  "remote_addr"};

template <std::size_t Count>
bool is_among(const std::array<std::string_view, Count>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](auto n) { return same_word(name, n); });
}

bool is_platforms(std::string_view name) {
  return name.size() > 9 && same_word(name.substr(0, 9), "x-vercel-");
}

/// A substituted parameter may hold what would end the request line: it is escaped.
void add_target(std::string& head, std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (!target.starts_with('/')) head += '/';
  for (const char c : target) {
    if (all_inside({&c, 1}, character_class::kTarget)) {
      head += c;
    } else {
      fmt::format_to(std::back_inserter(head), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

/// All values of a header, and one more, joined by commas.
std::string appended(const Request& request, std::string_view name, std::string_view value) {
  std::string all;
  for (const auto& [key, had] : request.headers) {
    if (same_word(key, name) && !had.empty()) all.append(had).append(",");
  }
  return all.append(value);
}

/// The port the client asked for, as its Host tells.
std::string_view port_of(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool has = colon != host.npos && host.find(']', colon) == host.npos;
  return has ? host.substr(colon + 1) : "80";
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs passed_on(const Request& request, const std::vector<rules::HeaderEdit>& edits) {
  const HopByHop hop(request.headers);
  const auto dropped = [&](std::string_view name) {
    return hop.has(name) || is_among(kOurs, name) || is_platforms(name);
  };
  Pairs kept;
  kept.reserve(request.headers.size() + edits.size());
  for (const auto& [name, value] : request.headers) {
    if (!dropped(name)) kept.emplace_back(name, value);
  }
  if (edits.empty()) return kept;
  rules::apply(edits, kept);
  std::erase_if(kept, [&](const auto& header) {
    return dropped(header.first) || !is_token(header.first) ||
           !all_inside(header.second, character_class::kField);
  });
  return kept;
}

void add_framing(std::string& head, const Request& request) {
  if (request.has_header("transfer-encoding")) {
    append_line(head, "transfer-encoding", "chunked");
  } else if (request.has_header("content-length")) {
    append_line(head, "content-length", request.header("content-length"));
  }
}

}  // namespace

void HopByHop::note(std::string_view name, std::string_view value) {
  if (same_word(name, "connection")) listed_.append(",").append(value);
}

bool HopByHop::has(std::string_view name) const {
  if (is_among(kHopByHop, name)) return true;
  if (listed_.empty()) return false;
  std::string lower_name(name);
  for (char& c : lower_name) c = lower(c);
  return list_has(listed_, lower_name);
}

std::string upstream_head(const Request& request, const Origin& origin, std::string_view target,
                          const std::vector<rules::HeaderEdit>& edits, int hops) {
  std::string head;
  head.append(request.method).append(" ");
  add_target(head, target);
  head.append(" HTTP/1.1\r\n");
  append_line(head, "Host", origin.authority);
  for (const auto& [name, value] : passed_on(request, edits)) append_line(head, name, value);
  add_framing(head, request);
  append_line(head, "x-forwarded-for", appended(request, "x-forwarded-for", request.peer_address));
  append_line(head, "x-forwarded-port", appended(request, "x-forwarded-port", port_of(request.host)));
  append_line(head, "x-forwarded-proto", appended(request, "x-forwarded-proto", "http"));
  append_line(head, "x-forwarded-host", request.host);
  append_line(head, "x-localfn-hops", std::to_string(hops));
  append_line(head, "connection", "close");
  return head.append("\r\n");
}

}  // namespace localfn::http
