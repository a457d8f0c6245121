// What people read: the access lines, the functions' output and localfn's own messages.
//
// Text for a terminal or a file, or one JSON object a line, all of them on standard output.
// Thread-safe: only whole lines are written, in the order of the calls, so lines of different
// threads never mix. A line leaves at once; under load lines that come within a few milliseconds
// leave together.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cli/options.h"
#include "runtime/functions/accounting.h"

namespace localfn::cli {

class Console {
 public:
  explicit Console(LogFormat format);
  ~Console();

  /// "localfn: …" on standard error.
  void note(std::string_view text);
  void warning(std::string_view text);
  void error(std::string_view text);
  /// As it is, on standard error: what is wrong in the configuration, and that it no longer is.
  void problem(std::string_view text);
  void mended(std::string_view text);
  /// As it is, on standard error, in either format: the banner and the ready line.
  void plain(std::string_view text);

  /// One request: the access line, and the lines that explain it below.
  void access(const Record& record, const std::vector<std::string>& explanation);

  /// A line that a function wrote: its stdout to stdout, its stderr to stderr, marked with the
  /// function's name where a terminal shows both.
  void function_line(const LogLine& line);

  /// From here on (true) nothing is written to a terminal: a debugger has it. What would have been
  /// is written when it has given it back (false), but for what goes beyond some MiB.
  void hold(bool on);

  /// "edit a.py   api/x.py and api/y.py start anew".
  void edit(const std::vector<std::string>& edited, const std::vector<std::string>& restarted);

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// "a", "a and b", "a, b and c", "a, b, c and 4 more".
std::string join_words(const std::vector<std::string>& words, std::size_t most = 4);

/// The access line without time and colours, laid out for `width` columns; pure, for tests.
/// `width` 0: nothing is shortened (not a terminal).
std::string access_line(const Record& record, std::size_t width);

}  // namespace localfn::cli
