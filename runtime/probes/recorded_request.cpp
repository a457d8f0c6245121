#include "runtime/probes/recorded_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/base/ascii.h"

namespace localfn::probes {
namespace {

using json = nlohmann::ordered_json;

// What clients send of their own accord, or what belongs to one connection.
constexpr std::array<std::string_view, 22> kUnasked = {"host",
                                                       "connection",
                                                       "keep-alive",
                                                       "user-agent",
                                                       "accept-encoding",
                                                       "cache-control",
                                                       "pragma",
                                                       "accept-language",
                                                       "content-length",
                                                       "transfer-encoding",
                                                       "expect",
                                                       "te",
                                                       "dnt",
                                                       "priority",
                                                       "purpose",
                                                       "referer",
                                                       "range",
                                                       "cookie",
                                                       "upgrade-insecure-requests",
                                                       "if-none-match",
                                                       "if-modified-since",
                                                       "proxy-connection"};
constexpr std::array<std::string_view, 4> kUnaskedStarts = {"sec-", "x-forwarded-", "x-vercel-",
                                                            "x-localfn-"};
constexpr std::array<std::string_view, 8> kSecretParts = {
    "authorization", "token", "secret", "key", "password", "session", "signature", "credential"};

bool is_unasked(std::string_view name, std::string_view value) {
  const auto begins = [&](std::string_view start) { return name.starts_with(start); };
  if (std::find(kUnasked.begin(), kUnasked.end(), name) != kUnasked.end()) return true;
  if (std::any_of(kUnaskedStarts.begin(), kUnaskedStarts.end(), begins)) return true;
  // What a browser or curl accepts by itself; "application/json" was somebody's wish.
  return name == "accept" && value.find("*/*") != value.npos;
}

bool is_secret(std::string_view name) {
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](std::string_view part) { return name.find(part) != name.npos; });
}

std::string value_of(const Pairs& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

/// "${" would be taken for a value of another probe.
std::string literal(std::string text) {
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3)) {
    text.insert(at, 1, '$');
  }
  return text;
}

/// The page's own origin, as browsers send it along with a POST.
bool is_own_origin(const Recorded& recorded, std::string_view name, std::string_view value) {
  return name == "origin" && value.ends_with("//" + value_of(recorded.headers, "host"));
}

}  // namespace

Pairs cookies_of(const Pairs& headers) {
  Pairs cookies;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
      const auto equals = pair.find('=');
      if (equals == pair.npos || equals == 0) continue;
      cookies.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return cookies;
}

std::string_view up_to_character(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

bool is_text(std::string_view bytes) {
  const bool controls = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
  });
  if (controls) return false;
  try {
    return !json(bytes).dump().empty();  // throws for what is no UTF-8
  } catch (const json::exception&) {
    return false;
  }
}

std::string RecordedRequest::placeholder(std::string_view wish, const std::string& secret) {
  std::string name;
  for (const char c : wish) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += letter ? static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c) : '_';
  }
  std::string candidate = name;
  for (int number = 2;; ++number) {
    const auto [found, added] = names_.emplace(candidate, secret);
    if (added || found->second == secret) return candidate;
    candidate = fmt::format("{}_{}", name, number);
  }
}

std::vector<std::string> RecordedRequest::placeholders() const {
  std::vector<std::string> names;
  for (const auto& [name, secret] : names_) names.push_back(name);
  return names;
}

/// "Bearer abc" keeps its first word: it says what kind of secret is wanted.
std::string RecordedRequest::without_secret(const std::string& name, const std::string& value) {
  const auto space = value.find(' ');
  const bool scheme = equal_ignoring_case(name, "authorization") && space != std::string::npos;
  const std::string kind = scheme ? value.substr(0, space + 1) : "";
  return fmt::format("{}${{{}}}", kind, placeholder(name, value.substr(kind.size())));
}

json RecordedRequest::describe(const Recorded& recorded) {
  json probe;
  if (recorded.method != "GET") probe["method"] = recorded.method;
  probe["path"] = literal(recorded.target);
  const std::string type = value_of(recorded.headers, "content-type");
  json body = json::parse(recorded.body, nullptr, false);
  const bool as_json = type.starts_with("application/json") && body.is_structured();
  for (const auto& [written, value] : recorded.headers) {
    const std::string name = lower_case(written);
    if (is_unasked(name, value) || is_own_origin(recorded, name, value)) continue;
    if (name == "content-type" &&
        (recorded.body.empty() || (as_json && value == "application/json"))) {
      continue;
    }
    if (!is_text(value)) continue;
    probe["headers"][written] = is_secret(name) ? without_secret(name, value) : literal(value);
  }
  for (const auto& [name, value] : cookies_of(recorded.headers)) {
    if (!is_text(name)) continue;
    probe["cookies"][name] = fmt::format("${{{}}}", placeholder("COOKIE_" + name, value));
  }
  if (as_json) {
    probe["body"] = json::parse(literal(body.dump()));
  } else if (!recorded.body.empty()) {
    probe["body"] = literal(recorded.body);
  }
  return probe;
}

}  // namespace localfn::probes
