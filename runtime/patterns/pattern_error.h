// What is wrong with a pattern of vercel.json, and where.
//
// Thrown while the configuration is compiled, on the thread that reads it; the reader turns it into
// a Diagnostic of the file. Matching never throws it.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace localfn::patterns {

class PatternError : public std::runtime_error {
 public:
  enum class Kind {
    InvalidRegex,    ///< the text is no JavaScript regular expression
    InvalidPattern,  ///< the text is no path pattern; the message is path-to-regexp's own
    UnknownSegment,  ///< a destination names a parameter that neither source nor `has` has
    Unsupported,     ///< valid on the platform, but beyond what localfn can match
  };

  PatternError(Kind kind, std::size_t offset, const std::string& message)
      : std::runtime_error(message), kind_(kind), offset_(offset) {}

  Kind kind() const noexcept { return kind_; }
  /// In bytes, from 0, into the text that was compiled; at most its length.
  std::size_t offset() const noexcept { return offset_; }

 private:
  Kind kind_;
  std::size_t offset_;
};

}  // namespace localfn::patterns
