#include "runtime/http/answer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "runtime/base/characters.h"
#include "runtime/http/header_line.h"

namespace localfn::http {

namespace {

/// The number of a Content-Length, when it is one.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string bad_byte(std::string_view name, char byte) {
  if (byte == '\r' || byte == '\n') {
    return fmt::format("header {} has a line break in its value", name);
  }
  return fmt::format("header {} has the byte {} in its value", name, byte_name(byte));
}

/// A name that is not a token, made fit for a message of one line.
std::string printable(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, 64)) {
    if (c >= 0x20 && c < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

bool is_chunked(const wire::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name.size() == 17 && same_word(name, "transfer-encoding")) {
      return same_word(trim(value), "chunked");
    }
  }
  return false;
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

std::string unsendable(const wire::Headers& headers) {
  std::optional<std::uint64_t> length;
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return fmt::format("\"{}\" is not a header name", printable(name));
    if (!is_field_value(value)) {
      return bad_byte(name, value[first_outside(value, character_class::kField)]);
    }
    if (!same_word(name, "content-length")) continue;
    const auto said = parse_length(trim(value));
    if (!said) return fmt::format("Content-Length is \"{}\", not a number", printable(value));
    if (length && length != said) {
      return fmt::format("two different Content-Length headers: {} and {}", *length, *said);
    }
    length = said;
  }
  return {};
}

std::string unsendable(int status, const wire::Headers& headers) {
  if (status < 200 || status > 999) {
    return fmt::format("status {} is not one of 200 to 999", status);
  }
  return unsendable(headers);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Request Entity Too Large";
    case 414: return "Request-URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Requested Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 418: return "I'm a Teapot";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Entity";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 510: return "Not Extended";
    case 511: return "Network Authentication Required";
    default: return {};
  }
}

std::string_view DateLine::now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return at(time.tv_sec);
}

std::string_view DateLine::at(std::time_t second) {
  if (second == second_) return line_;
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&second, &utc);
  line_.clear();
  // Not strftime: its names of days and months follow the locale.
  fmt::format_to(std::back_inserter(line_), "Date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n",
                 kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon], utc.tm_year + 1900,
                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  second_ = second;
  return line_;
}

HeadFacts begin_head(std::string& out, int status, const wire::Headers& headers,
                     bool keep_length) {
  HeadFacts facts;
  facts.chunked_by_hand = is_chunked(headers);
  if (facts.chunked_by_hand) keep_length = false;
  out.append("HTTP/1.1 ", 9);
  append_number(out, static_cast<std::uint64_t>(status));
  out.append(1, ' ').append(reason_phrase(status)).append("\r\n", 2);
  for (const auto& [name, value] : headers) {
    if (name.size() == 4 && same_word(name, "date")) {
      facts.has_date = true;
    } else if (name.size() == 10 && same_word(name, "connection")) {
      facts.says_close |= list_has(value, "close");
      continue;
    } else if (name.size() == 17 && same_word(name, "transfer-encoding")) {
      continue;
    } else if (name.size() == 14 && same_word(name, "content-length")) {
      if (!keep_length || facts.length) continue;
      facts.length = parse_length(trim(value));
    }
    append_line(out, name, value);
  }
  return facts;
}

void end_head(std::string& out, std::string_view date_line, Delimiter delimiter,
              std::uint64_t length, std::string_view connection) {
  out.append(date_line);
  if (delimiter == Delimiter::Length) {
    out.append("Content-Length: ", 16);
    append_number(out, length);
    out.append("\r\n", 2);
  } else if (delimiter == Delimiter::Chunks) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (!connection.empty()) append_line(out, "Connection", connection);
  out.append("\r\n", 2);
}

}  // namespace localfn::http
