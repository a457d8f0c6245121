#include "runtime/functions/accounting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "runtime/functions/invocation.h"

namespace localfn {
namespace {

using Json = nlohmann::ordered_json;

// Functions write any bytes; what is not UTF-8 becomes U+FFFD so that each record stays valid JSON.
std::string one_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json number_or_null(bool known, std::uint64_t value) { return known ? Json(value) : Json(nullptr); }

Json milliseconds_or_null(bool known, microseconds value) {
  return known ? Json(static_cast<double>(value.count()) / 1000.0) : Json(nullptr);
}

}  // namespace

std::string to_json(const Record& record, const std::vector<std::string>& explanation) {
  const bool reached = record.instance != 0;
  const bool alone = reached && !record.shared;
  Json object;
  object["time"] = record.time;
  object["id"] = record.id;
  object["function"] = text_or_null(record.function);
  object["instance"] = number_or_null(reached, record.instance);
  object["method"] = record.method;
  object["path"] = record.path;
  object["status"] = number_or_null(record.status != 0, static_cast<unsigned>(record.status));
  object["outcome"] = record.outcome;
  object["code"] = text_or_null(record.code);
  object["cold"] = record.cold;
  object["init_ms"] = milliseconds_or_null(record.cold && record.init.count() > 0, record.init);
  object["wall_ms"] = milliseconds_or_null(true, record.wall);
  object["cpu_ms"] = milliseconds_or_null(alone, record.cpu);
  object["peak_bytes"] = number_or_null(alone, record.peak_bytes);
  object["bytes_in"] = record.bytes_in;
  object["bytes_out"] = record.bytes_out;
  object["explanation"] = text_or_null(fmt::format("{}", fmt::join(explanation, "\n")));
  return one_line(object);
}

std::string message_to_json(std::string_view level, std::string_view text) {
  Json object;
  object["time"] = utc_timestamp();
  object["level"] = level;
  object["text"] = text;
  return one_line(object);
}

std::string to_json(const LogLine& line) {
  Json object;
  object["time"] = utc_timestamp();
  object["id"] = text_or_null(line.invocation);
  object["function"] = text_or_null(line.function);
  object["instance"] = number_or_null(line.instance != 0, line.instance);
  object["stream"] = line.stream == wire::Stream::Stderr ? "stderr" : "stdout";
  object["level"] = text_or_null(std::string(level_name(line.level)));
  object["text"] = line.text;
  return one_line(object);
}

std::string_view level_name(wire::Level level) {
  switch (level) {
    case wire::Level::Debug: return "debug";
    case wire::Level::Info: return "info";
    case wire::Level::Warning: return "warning";
    case wire::Level::Error: return "error";
    case wire::Level::Fatal: return "fatal";
    case wire::Level::None: break;
  }
  return {};
}

std::string_view outcome_name(const Outcome& outcome) {
  struct Name {
    std::string_view operator()(const Reply&) const { return "reply"; }
    std::string_view operator()(const HandlerRaised&) const { return "handler_raised"; }
    std::string_view operator()(const NoResponse&) const { return "no_response"; }
    std::string_view operator()(const ImportFailed&) const { return "import_failed"; }
    std::string_view operator()(const TimedOut&) const { return "timed_out"; }
    std::string_view operator()(const Died&) const { return "died"; }
    std::string_view operator()(const TooLarge&) const { return "too_large"; }
    std::string_view operator()(const Overloaded&) const { return "overloaded"; }
    std::string_view operator()(const ClientGone&) const { return "client_gone"; }
  };
  return std::visit(Name{}, outcome);
}

}  // namespace localfn
