// Reading the project's small text files, and showing names and places in them to people.
//
// Used while a Project is made. Pure, except read_text_file. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/errors.h"

namespace localfn {

/// `text` fit for a terminal and for one line: control characters and bytes that are not UTF-8
/// stand as \xNN.
std::string printable(std::string_view text);

/// `text` in double quotes, printable.
std::string in_quotes(std::string_view text);

/// Text as UTF-8 without a byte order mark. UTF-16 with a mark (what PowerShell's `>` writes) is
/// converted; anything else passes as it is.
std::string decode_text(std::string bytes);

/// The file's bytes, at most `limit` of them. Nothing when it cannot be read or is longer; then
/// `reason` says why. `missing` tells the ordinary case apart.
struct TextFile {
  std::optional<std::string> bytes;
  bool missing = false;
  std::string reason;
};
TextFile read_text_file(const std::string& path, std::size_t limit = 4 * 1024 * 1024);

/// A text with a name, in which an offset can be turned into a line, a column and an excerpt.
class SourceText {
 public:
  SourceText() = default;
  SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

  /// The problem `message` at `offset`; past the end counts as the end.
  Diagnostic problem_at(std::size_t offset, std::string message, std::string platform = {}) const;

  /// "vercel.json:3:5" for messages of one line.
  std::string place(std::size_t offset) const;

 private:
  std::string name_;
  std::string text_;
};

/// SourceText::place for many offsets: looks for the lines once. Keeps nothing of the text.
class Places {
 public:
  explicit Places(const SourceText& source);
  std::string operator()(std::size_t offset) const;

 private:
  std::string name_;
  std::size_t size_;
  std::vector<std::size_t> starts_{0};  ///< of the lines, ascending
};

/// The one of `candidates` that `word` is probably meant to be; empty when none is near.
template <typename Candidates>
std::string nearest(std::string_view word, const Candidates& candidates);

/// How many single-character changes (insert, delete, replace, swap of neighbours) lie between.
std::size_t edit_distance(std::string_view a, std::string_view b);

template <typename Candidates>
std::string nearest(std::string_view word, const Candidates& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 1;  // a third wrong is still the same word
  for (std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > 0 && distance <= best_distance) {
      best = candidate;
      best_distance = distance - 1;  // a later one must be strictly nearer
      if (best_distance == 0) break;
    }
  }
  return best;
}

}  // namespace localfn
