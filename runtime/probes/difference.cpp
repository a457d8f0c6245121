#include "runtime/probes/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/project/text.h"

namespace localfn::probes {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 2;      // equal lines shown before and after a change
constexpr std::size_t kMostTable = 400;  // lines of either side that are compared each with each
constexpr std::size_t kMostLines = 40;   // of the result
constexpr std::size_t kShortLine = 72;
constexpr std::size_t kBefore = 24;  // characters shown before the first difference of long lines
constexpr std::size_t kAfter = 40;

/// Each with its line feed, so that a missing one at the end is a difference.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string shown(char mark, std::string_view line, bool tell_end) {
  const bool whole = line.ends_with('\n');
  if (whole) line.remove_suffix(1);
  std::string text = printable(line.substr(0, 3 * kShortLine));
  if (line.size() > 3 * kShortLine) text += "…";
  return fmt::format("{} {}{}\n", mark, text,
                     whole || !tell_end ? "" : "  (no newline at its end)");
}

struct Edit {
  char mark;
  std::string_view line;
};

/// The longest common lines stay, the others are taken away or added.
void compare(const Lines& old_lines, const Lines& new_lines, std::vector<Edit>& edits) {
  const std::size_t rows = old_lines.size();
  const std::size_t columns = new_lines.size();
  std::vector<std::vector<std::size_t>> common(rows + 1, std::vector<std::size_t>(columns + 1));
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      common[i][j] = old_lines[i] == new_lines[j] ? common[i + 1][j + 1] + 1
                                                  : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && old_lines[i] == new_lines[j]) {
      edits.push_back({' ', old_lines[i++]});
      ++j;
    } else if (j == columns || (i < rows && common[i + 1][j] >= common[i][j + 1])) {
      edits.push_back({'-', old_lines[i++]});
    } else {
      edits.push_back({'+', new_lines[j++]});
    }
  }
}

/// Every line of both, with the mark of what happens to it.
std::vector<Edit> edits_of(Lines expected, Lines got) {
  std::vector<Edit> edits;
  std::size_t same = 0;
  const std::size_t most = std::min(expected.size(), got.size());
  while (same < most && expected[same] == got[same]) edits.push_back({' ', got[same++]});
  std::size_t tail = 0;
  while (tail < most - same && expected.end()[-1 - static_cast<std::ptrdiff_t>(tail)] ==
                                   got.end()[-1 - static_cast<std::ptrdiff_t>(tail)]) {
    ++tail;
  }
  const Lines after(got.end() - static_cast<std::ptrdiff_t>(tail), got.end());
  const auto middle = [&](const Lines& all) {
    return Lines(all.begin() + static_cast<std::ptrdiff_t>(same),
                 all.end() - static_cast<std::ptrdiff_t>(tail));
  };
  const Lines gone = middle(expected);
  const Lines come = middle(got);
  if (gone.size() <= kMostTable && come.size() <= kMostTable) {
    compare(gone, come, edits);
  } else {
    for (const auto line : gone) edits.push_back({'-', line});
    for (const auto line : come) edits.push_back({'+', line});
  }
  for (const auto line : after) edits.push_back({' ', line});
  return edits;
}

bool near_change(const std::vector<Edit>& edits, std::size_t at) {
  const std::size_t first = at < kContext ? 0 : at - kContext;
  const std::size_t last = std::min(edits.size(), at + kContext + 1);
  for (std::size_t i = first; i < last; ++i) {
    if (edits[i].mark != ' ') return true;
  }
  return false;
}

std::string in_lines(std::string_view expected, std::string_view got) {
  const auto edits = edits_of(lines_of(expected), lines_of(got));
  const bool ends_differ = expected.ends_with('\n') != got.ends_with('\n');
  std::string text;
  std::size_t count = 0;
  bool skipped = false;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (!near_change(edits, i)) {
      skipped = true;
      continue;
    }
    if (count == kMostLines) return text + "  … and more\n";
    if (std::exchange(skipped, false)) text += "  …\n";
    text += shown(edits[i].mark, edits[i].line, ends_differ);
    ++count;
  }
  return text + (skipped ? "  …\n" : "");
}

std::string around(std::string_view text, std::size_t at) {
  std::size_t first = at < kBefore ? 0 : at - kBefore;
  // Not in the middle of a character of UTF-8.
  while (first > 0 && (static_cast<unsigned char>(text[first]) & 0xC0) == 0x80) --first;
  std::size_t last = std::min(text.size(), at + kAfter);
  while (last < text.size() && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) ++last;
  return fmt::format("{}{}{}", first > 0 ? "…" : "", printable(text.substr(first, last - first)),
                     last < text.size() ? "…" : "");
}

}  // namespace

std::string difference(std::string_view expected, std::string_view got) {
  if (expected == got) return {};
  const auto several = [](std::string_view text) { return text.find('\n') != text.npos; };
  if (several(expected) || several(got)) return in_lines(expected, got);
  if (expected.size() <= kShortLine && got.size() <= kShortLine) return {};
  const auto [left, right] =
      std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  const auto at = static_cast<std::size_t>(left - expected.begin());
  return fmt::format("  from byte {} on\n- {}\n+ {}\n", at + 1,
                     around(expected, std::min(at, expected.size())),
                     around(got, std::min(at, got.size())));
}

}  // namespace localfn::probes
