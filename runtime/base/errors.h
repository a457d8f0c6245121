// Errors of the kernel, turned into exceptions with the name of the object.
//
// Used at start-up and by the supervisor, on any thread. The request path does not throw between
// parts: it returns an Outcome.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace localfn {

/// A wrong flag or argument: exit code 2, the text is shown as it is.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One problem in a file of the project, printed as `file:line:column: message`, the line, a caret.
struct Diagnostic {
  std::string file;     ///< relative to the project
  int line = 0;         ///< from 1; 0 when the problem belongs to the whole file
  int column = 0;       ///< from 1, in bytes; 0 when unknown
  std::string message;  ///< what was seen, what is accepted, what to do
  std::string excerpt;  ///< the line itself, without its end; may be empty
  std::string platform; ///< the platform's own wording where the specification quotes one

  /// The text for the terminal, several lines, no final newline.
  std::string format() const;
};

/// Throws std::system_error for `errno` ("cannot <what>: <reason>") when rc is negative.
/// Returns rc otherwise.
int check(int rc, std::string_view what);

/// The reason of `error_number`, without allocation games: strerror_r behind a std::string.
std::string errno_text(int error_number);

}  // namespace localfn
