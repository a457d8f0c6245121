// The first line of a head: method, target, version.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/characters.h"
#include "runtime/http/head_parser.h"

namespace localfn::http {

bool HeadParser::parse_request_line(std::string_view line) {
  request_.request_line = line;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last) {
    malformed("the request line is not: method, target, version");
    return false;
  }
  request_.method = line.substr(0, first);
  if (!is_token(request_.method)) {
    malformed("the method is not a token");
    return false;
  }
  return parse_version(line.substr(last + 1)) &&
         parse_target(line.substr(first + 1, last - first - 1));
}

bool HeadParser::parse_version(std::string_view version) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !digit(version[5]) ||
      version[6] != '.' || !digit(version[7])) {
    malformed("the version is not of the form HTTP/1.1");
    return false;
  }
  if (version[5] != '1') {
    refuse(505, "HTTP_VERSION_NOT_SUPPORTED",
           fmt::format("{} was asked for, HTTP/1.1 and HTTP/1.0 are spoken", version));
    return false;
  }
  // RFC 9110, 2.5: a higher minor version is answered as the highest that is known.
  request_.version = version[7] == '0' ? "HTTP/1.0" : "HTTP/1.1";
  return true;
}

bool HeadParser::parse_target(std::string_view target) {
  if (const std::size_t bad = first_outside(target, character_class::kTarget); bad != target.npos) {
    malformed(fmt::format("the target has the byte {} at offset {}", byte_name(target[bad]), bad));
    return false;
  }
  if (target.size() > limits_.target) {
    refuse(414, "URL_TOO_LONG",
           fmt::format("the target has {} bytes, the limit is {}", target.size(), limits_.target));
    return false;
  }
  if (target.starts_with('/') || (target == "*" && request_.method == "OPTIONS")) {
    split_query(target);
    return true;
  }
  if (target.size() > 7 && same_word(target.substr(0, 7), "http://")) {
    return parse_absolute(target, 7);
  }
  if (target.size() > 8 && same_word(target.substr(0, 8), "https://")) {
    return parse_absolute(target, 8);
  }
  malformed("the target starts neither with / nor with http://");
  return false;
}

bool HeadParser::parse_absolute(std::string_view target, std::size_t authority) {
  const std::size_t end = std::min(target.find_first_of("/?#", authority), target.size());
  authority_ = target.substr(authority, end - authority);
  // User information is refused as well (RFC 9110, 4.2.4): it serves only to disguise the host.
  if (authority_.empty() || !all_inside(authority_, character_class::kHost)) {
    malformed("the target names no valid host");
    return false;
  }
  if (end < target.size() && target[end] == '/') {
    split_query(target.substr(end));
    return true;
  }
  rewritten_target_.assign(1, '/').append(target.substr(end));
  split_query(rewritten_target_);
  return true;
}

void HeadParser::split_query(std::string_view target) {
  request_.target = target;
  const std::string_view sent = target.substr(0, target.find('#'));
  const std::size_t mark = sent.find('?');
  request_.path = sent.substr(0, mark);
  request_.has_query = mark != sent.npos;
  if (request_.has_query) request_.query = sent.substr(mark + 1);
}

}  // namespace localfn::http
