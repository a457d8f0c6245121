// Rows of a comma-separated file, with the line each begins on (RFC 4180).
//
// Used for bulk redirects while a Project is made. Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localfn {

struct CsvRow {
  std::vector<std::string> fields;
  std::size_t offset = 0;  ///< where the row begins
};

/// Takes one row after the other from a text that outlives it. Rows without any text are skipped.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  /// The next row; nothing at the end.
  std::optional<CsvRow> next();

  /// Whether a quoted field was never closed; then the last row is what was left of the file.
  bool unclosed() const { return unclosed_; }

 private:
  CsvRow read_row();
  std::string quoted_field();

  std::string_view text_;
  std::size_t at_ = 0;
  bool unclosed_ = false;
};

}  // namespace localfn
