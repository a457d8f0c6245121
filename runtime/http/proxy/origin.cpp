#include "runtime/http/proxy/origin.h"

#include <charconv>

#include "runtime/base/characters.h"

namespace localfn::http {
namespace {

bool take_scheme(std::string_view& text, bool& tls) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.size() < scheme.size() || !same_word(text.substr(0, scheme.size()), scheme)) continue;
    tls = scheme.size() == 8;
    text.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65'535;
}

}  // namespace

std::optional<Origin> parse_origin(std::string_view text) {
  Origin origin;
  if (!take_scheme(text, origin.tls)) return std::nullopt;
  text = text.substr(0, text.find_first_of("/?#"));
  if (const std::size_t at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  if (!all_inside(text, character_class::kHost)) return std::nullopt;

  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == text.npos) return std::nullopt;
  const std::string_view name =
      bracketed ? text.substr(0, host_end + 1) : text.substr(0, host_end);
  std::string_view port = text.substr(name.size());
  if (!port.empty() && port.front() != ':') return std::nullopt;
  if (!port.empty()) port.remove_prefix(1);

  const std::string_view usual = origin.tls ? "443" : "80";
  if (port.empty()) port = usual;
  if (!is_port(port)) return std::nullopt;
  origin.host = bracketed ? name.substr(1, name.size() - 2) : name;
  origin.port = port;
  origin.authority = name;
  if (port != usual) origin.authority.append(":").append(port);
  if (origin.host.empty()) return std::nullopt;
  return origin;
}

}  // namespace localfn::http
