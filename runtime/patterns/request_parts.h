// What conditions look at in a request: headers, cookies, query, host. Views into the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace localfn::patterns {

/// Views that live as long as the request.
struct ConditionRequest {
  std::string_view headers;  ///< raw lines "Name: value\r\n"
  std::string_view query;    ///< without `?`, as sent
  std::string_view host;     ///< the value of Host
};

/// Walks over raw header lines; a line that is no header is passed over.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view lines) : rest_(lines) {}
  /// Name as sent, value without the white space around it.
  std::optional<std::pair<std::string_view, std::string_view>> next();

 private:
  std::string_view rest_;
};

/// Walks over the `name=value` pairs of one Cookie header. Values are as sent.
class CookieReader {
 public:
  explicit CookieReader(std::string_view value) : rest_(value) {}
  std::optional<std::pair<std::string_view, std::string_view>> next();

 private:
  std::string_view rest_;
};

/// The value of the first header `name`, or nothing.
std::optional<std::string_view> header_value(std::string_view lines, std::string_view name);

/// A Host header's value without its port, in lower case.
std::string host_name(std::string_view host);

}  // namespace localfn::patterns
