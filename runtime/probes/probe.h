// A probe: one request and what must come back, as Vercel's own fixtures write it, and more.
//
// Read from probes.json or from `probes` of vercel.json, before anything is asked. Values.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/patterns/regex.h"

namespace localfn::probes {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What a header must be, or must not be: a text, a part of it, or a regular expression.
struct HeaderCheck {
  enum class Kind { Equal, Part, Matches };

  std::string name;
  Kind kind = Kind::Equal;
  std::string text;                              ///< of Matches: between the slashes
  std::shared_ptr<const patterns::Regex> regex;  ///< of Matches
  bool negated = false;                          ///< of notResponseHeaders
  bool any_value = false;                        ///< the header must be there (or must not)
};

/// A value of an answer that later probes write as ${name}.
struct Keep {
  enum class Source { Json, Header, Cookie };

  std::string name;
  Source source = Source::Json;
  std::string key;  ///< a JSON pointer, a header's or a cookie's name
};

struct Probe {
  std::string name;  ///< as given, else "GET /path"
  std::string method = "GET";
  std::string path;
  Pairs headers;
  Pairs cookies;
  std::string body;

  std::optional<int> status;  ///< nothing: any that is not 5xx
  std::vector<std::string> must_contain;
  std::vector<std::string> must_not_contain;
  std::optional<std::string> body_must_be;
  std::optional<std::string> json;  ///< JSON text that the body's JSON must hold
  std::vector<HeaderCheck> response_headers;
  std::optional<milliseconds> limit;        ///< a slower answer is worth a warning
  milliseconds pause{0};                    ///< before it is asked for the first time
  milliseconds delay{0};                    ///< before each try
  int retries = 0;                          ///< how often it is asked again when it fails
  std::optional<milliseconds> retry_delay;  ///< before another try

  std::vector<Keep> keeps;
  std::string file;  ///< where it is written, as the terminal may show it; empty: nowhere
  int line = 0;
};

/// What came back, from wherever.
struct Response {
  int status = 0;
  Pairs headers;
  std::string body;
  bool cut = false;  ///< it ended before it was complete
  microseconds took{0};
};

}  // namespace localfn::probes
