// One record per request: what the access line, `--log json` and later the cost figures read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/base/wire.h"

namespace localfn {

struct Record {
  std::string time;      ///< UTC, when the request arrived
  std::string id;        ///< x-vercel-id
  std::string function;  ///< file; empty when no function was reached
  std::uint32_t instance = 0;
  std::string method;
  std::string path;      ///< target as sent
  int status = 0;        ///< 0 when nothing was sent
  std::string outcome;   ///< "reply", "static", "redirect", "error", or outcome_name()
  std::string code;      ///< Vercel's error code, when one was answered
  bool cold = false;
  microseconds init{0};  ///< 0: not cold, or the start did not end
  microseconds wall{0};
  microseconds cpu{0};
  std::uint64_t peak_bytes = 0;
  bool shared = false;   ///< cpu and peak_bytes are then null in the JSON
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;  ///< of the body
};

/// One object on one line, without the newline. `explanation` is what a text log says below the
/// access line: a traceback, a hint.
std::string to_json(const Record& record, const std::vector<std::string>& explanation);

/// A message of the host's own: "info", "warning" or "error".
std::string message_to_json(std::string_view level, std::string_view text);

/// A whole line that a function wrote. `invocation` is its x-vercel-id, empty when it belongs to
/// the instance only.
struct LogLine {
  std::string function;
  std::uint32_t instance = 0;
  std::string invocation;
  wire::Stream stream = wire::Stream::Stdout;
  std::string text;  ///< without its newline; bytes as written
  wire::Level level = wire::Level::None;
};
std::string to_json(const LogLine& line);

/// "debug", "info", "warning", "error", "fatal", as in messages of localfn's own; None is empty.
std::string_view level_name(wire::Level level);

/// Where lines of functions go. Called on any thread.
using LogSink = std::function<void(const LogLine&)>;

}  // namespace localfn
