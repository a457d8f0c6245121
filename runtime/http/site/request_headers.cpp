#include "runtime/http/site/request_headers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/http/header_line.h"

namespace localfn::http {
namespace {

constexpr std::string_view kHops = "x-localfn-hops";
constexpr std::string_view kOidcToken = "x-vercel-oidc-token";
constexpr std::string_view kInternalToken = "x-vercel-internal-oidc-token";
constexpr std::string_view kHidesService = "x-vercel-sc-no-header-leak";

// Set by us below, or meaningful on the client's connection only.
constexpr std::array kReplaced = std::to_array<std::string_view>({
    "connection",      "keep-alive",       "proxy-connection",       "transfer-encoding",
    "te",              "trailer",          "x-real-ip",              "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-vercel-forwarded-for", "x-vercel-deployment-url",
    "x-vercel-id",     "x-localfn-hops",   "x-forwarded-port",       "remote_addr"});

// The platform's own, which its runtime keeps from the function; the second only on demand.
constexpr std::array kInternal = std::to_array<std::string_view>(
    {"x-vercel-internal-invocation-id", "x-vercel-internal-request-id",
     "x-vercel-internal-span-id", "x-vercel-internal-trace-id", kInternalToken,
     "x-vercel-sc-runtime-cache"});
constexpr std::array kOfService = std::to_array<std::string_view>(
    {"x-vercel-sc-headers", "x-vercel-sc-host", "x-vercel-sc-basepath", "x-vercel-sc-protocol",
     kHidesService});

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](auto each) { return equal_ignoring_case(name, each); });
}

bool is_replaced(std::string_view name, bool hides_service) {
  // Most headers differ in the first letter already: t, x, c, k, p, r.
  switch (lower(name.empty() ? '\0' : name.front())) {
    case 'c': case 'k': case 'p': case 'r': case 't': case 'x': break;
    default: return false;
  }
  return is_one_of(name, kReplaced) || is_one_of(name, kInternal) ||
         (hides_service && is_one_of(name, kOfService));
}

/// A name as the client or a rule spelt it: the platform hands functions lower case alone.
void add_lowered(std::string& block, std::string_view name, std::string_view value) {
  const std::size_t begin = block.size();
  append_line(block, name, value);
  char* const letters = block.data() + begin;
  std::transform(letters, letters + name.size(), letters, lower);
}

bool out_of_reach(std::string_view name, bool hides_service) {
  return is_replaced(name, hides_service) || equal_ignoring_case(name, "content-length");
}

void write_edited(std::string& block, const Request& request,
                  const std::vector<rules::HeaderEdit>& edits, bool hides_service) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : request.headers) {
    if (!out_of_reach(name, hides_service)) headers.emplace_back(name, value);
  }
  rules::apply(edits, headers);
  for (const auto& [name, value] : headers) {
    if (!out_of_reach(name, hides_service)) add_lowered(block, name, value);
  }
  const bool counted = !request.has_header("transfer-encoding");
  const auto length = request.header("content-length");
  if (counted && !length.empty()) append_line(block, "content-length", length);
}

/// The request's own token stays where it is; else the platform's, else that of the environment.
void add_token(std::string& block, const Request& request, std::string_view environment) {
  if (request.has_header(kOidcToken)) return;
  const auto internal = request.header(kInternalToken);
  const auto token = internal.empty() ? environment : internal;
  if (!token.empty() && !has_control(token)) append_line(block, kOidcToken, token);
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
  const bool hides_service = !request.header(kHidesService).empty();
  if (!edits.empty()) {
    write_edited(block, request, edits, hides_service);
  } else {
    for (const auto& [name, value] : request.headers) {
      if (!is_replaced(name, hides_service)) add_lowered(block, name, value);
    }
  }
  if (chunked) append_line(block, "content-length", std::to_string(body_bytes));
  append_line(block, "connection", upgrade ? "upgrade" : "close");
  append_line(block, "x-real-ip", request.peer_address);
  append_line(block, "x-vercel-deployment-url", request.host);
  append_line(block, "x-vercel-forwarded-for", request.peer_address);
  append_line(block, "x-vercel-id", id);
  append_line(block, "x-forwarded-host", request.host);
  append_line(block, "x-forwarded-proto", "http");
  append_line(block, "x-forwarded-for", request.peer_address);
  append_line(block, kHops, std::to_string(hops_of(request) + 1));
  add_token(block, request, oidc_token);
}

}  // namespace localfn::http
