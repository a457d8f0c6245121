// Probes from requests that somebody has made: what `localfn dev --record` writes. Pure.
//
// Secrets stay out of it: values of Authorization, Cookie and headers that look like keys become
// ${NAME}, which `localfn test` takes from the environment. What an answer says every time anew
// shows when a request is made twice: only what both answers have in common is expected.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/probes/probe.h"

namespace localfn::probes {

/// One request with its answer, as they were.
struct Recorded {
  std::string method;
  std::string target;
  Pairs headers;
  std::string body;
  bool body_whole = true;  ///< false: there was more of it than is here
  int status = 0;
  Pairs answer_headers;
  std::string answer;
  bool answer_whole = true;
};

class Recording {
 public:
  Recording();
  ~Recording();

  enum class Added { New, Known, LeftOut };

  /// Known: the same request has been made before, and expects at most less from here on. LeftOut:
  /// it makes no probe (a 5xx, 304 or 206, an answer that is none, a body that is no text, or the
  /// recording is full).
  Added add(const Recorded& recorded);

  std::size_t size() const;

  /// Names of the values that were not written, sorted: "AUTHORIZATION".
  std::vector<std::string> placeholders() const;

  /// The file: an object with `note` and `probes`.
  std::string text() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace localfn::probes
