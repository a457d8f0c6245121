#include "runtime/http/site/request_headers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/base/ascii.h"

namespace localfn::http {
namespace {

constexpr std::string_view kHops = "x-localfn-hops";
constexpr std::string_view kOidcToken = "x-vercel-oidc-token";

bool begins_with(std::string_view name, std::string_view lower_case) {
  return name.size() >= lower_case.size() &&
         equal_ignoring_case(name.substr(0, lower_case.size()), lower_case);
}

// Set by us below, or meaningful on the client's connection only.
constexpr std::array<std::string_view, 16> kReplaced = {
    "connection",      "keep-alive",       "proxy-connection",       "transfer-encoding",
    "te",              "trailer",          "x-real-ip",              "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-vercel-forwarded-for", "x-vercel-deployment-url",
    "x-vercel-id",     "x-localfn-hops",   "x-forwarded-port",       "remote_addr"};

bool is_replaced(std::string_view name) {
  // Most headers differ in the first letter already: t, x, c, k, p, r.
  switch (lower(name.empty() ? '\0' : name.front())) {
    case 'c': case 'k': case 'p': case 'r': case 't': case 'x': break;
    default: return false;
  }
  return std::any_of(kReplaced.begin(), kReplaced.end(),
                     [&](auto replaced) { return equal_ignoring_case(name, replaced); }) ||
         begins_with(name, "x-vercel-internal-") || begins_with(name, "x-vercel-sc-");
}

void add(std::string& block, std::string_view name, std::string_view value) {
  block.append(name).append(": ").append(value).append("\r\n");
}

/// A name as the client or a rule spelt it: the platform hands functions lower case alone.
void add_lowered(std::string& block, std::string_view name, std::string_view value) {
  const std::size_t begin = block.size();
  add(block, name, value);
  char* const letters = block.data() + begin;
  std::transform(letters, letters + name.size(), letters, lower);
}

bool out_of_reach(std::string_view name) {
  return is_replaced(name) || equal_ignoring_case(name, "content-length");
}

void write_edited(std::string& block, const Request& request,
                  const std::vector<rules::HeaderEdit>& edits) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : request.headers) {
    if (!out_of_reach(name)) headers.emplace_back(name, value);
  }
  rules::apply(edits, headers);
  for (const auto& [name, value] : headers) {
    if (!out_of_reach(name)) add_lowered(block, name, value);
  }
  const bool counted = !request.has_header("transfer-encoding");
  const auto length = request.header("content-length");
  if (counted && !length.empty()) add(block, "content-length", length);
}

}  // namespace

int hops_of(const Request& request) {
  const auto text = request.header(kHops);
  int hops = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hops);
  return error == std::errc() && end == text.data() + text.size() ? std::clamp(hops, 0, 1000) : 0;
}

void write_function_headers(std::string& block, const Request& request, std::string_view id,
                            std::size_t body_bytes, const std::vector<rules::HeaderEdit>& edits,
                            std::string_view oidc_token, bool upgrade) {
  block.clear();
  const bool chunked = request.has_header("transfer-encoding");
  if (!edits.empty()) {
    write_edited(block, request, edits);
  } else {
    for (const auto& [name, value] : request.headers) {
      if (!is_replaced(name)) add_lowered(block, name, value);
    }
  }
  if (chunked) add(block, "content-length", std::to_string(body_bytes));
  add(block, "connection", upgrade ? "upgrade" : "close");
  add(block, "x-real-ip", request.peer_address);
  add(block, "x-vercel-deployment-url", request.host);
  add(block, "x-vercel-forwarded-for", request.peer_address);
  add(block, "x-vercel-id", id);
  add(block, "x-forwarded-host", request.host);
  add(block, "x-forwarded-proto", "http");
  add(block, "x-forwarded-for", request.peer_address);
  add(block, kHops, std::to_string(hops_of(request) + 1));
  const bool sendable = std::none_of(oidc_token.begin(), oidc_token.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7f;
  });
  if (!oidc_token.empty() && sendable && !request.has_header(kOidcToken)) {
    add(block, kOidcToken, oidc_token);
  }
}

}  // namespace localfn::http
