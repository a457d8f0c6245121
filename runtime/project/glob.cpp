#include "runtime/project/glob.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace localfn {
namespace {

/// One `[…]` at the start of `pattern`: its length, and whether it takes `c`. Nothing when the
/// bracket is not closed: then it stands for itself.
struct BracketMatch {
  std::size_t length = 0;
  bool matches = false;
};
std::optional<BracketMatch> match_bracket(std::string_view pattern, char c) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool matches = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) return BracketMatch{i + 1, matches != negated};
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const auto low = static_cast<unsigned char>(pattern[i++]);
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = static_cast<unsigned char>(pattern[i + 1]);
      i += 2;
    }
    const auto value = static_cast<unsigned char>(c);
    matches = matches || (low <= value && value <= high);
  }
  return std::nullopt;
}

/// How many characters of the pattern take the one character `c`; 0 when they do not.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    if (const auto bracket = match_bracket(pattern, c)) {
      return bracket->matches ? bracket->length : 0;
    }
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  return pattern[0] == c ? 1 : 0;
}

/// One segment against one pattern segment. Only the last `*` is ever tried again: the time stays
/// below pattern × text, whatever a hostile pattern looks like.
bool match_segment(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    const std::size_t taken = p < pattern.size() ? match_one(pattern.substr(p), text[t]) : 0;
    if (taken > 0) {
      p += taken;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

enum class Dots { Hidden, Ordinary };

bool takes_segment(std::string_view pattern, std::string_view segment, Dots dots) {
  const bool hidden = dots == Dots::Hidden && !segment.empty() && segment[0] == '.';
  const bool literal_dot = !pattern.empty() && (pattern[0] == '.' || pattern.substr(0, 2) == "\\.");
  return (!hidden || literal_dot) && match_segment(pattern, segment);
}

/// Segment by segment, with `**` handled as `*` is inside a segment: only the last one is retried.
bool match_path(std::string_view pattern, std::string_view path, Dots dots) {
  const auto patterns = split(pattern);
  const auto segments = split(path);
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0, s = 0, star = kNone, star_segment = 0;
  const auto crosses = [&](std::string_view segment) {
    return dots == Dots::Ordinary || segment.empty() || segment[0] != '.';
  };
  while (s < segments.size()) {
    if (p < patterns.size() && patterns[p] == "**") {
      star = p++;
      star_segment = s;
    } else if (p < patterns.size() && takes_segment(patterns[p], segments[s], dots)) {
      ++p;
      ++s;
    } else if (star != kNone && crosses(segments[star_segment])) {
      p = star + 1;
      s = ++star_segment;
    } else {
      return false;
    }
  }
  while (p < patterns.size() && patterns[p] == "**") ++p;
  return p == patterns.size();
}

/// The patterns that `{a,b}` stands for; at most `limit`, so that nested braces cannot explode.
void expand_braces(std::string_view pattern, std::size_t limit, std::vector<std::string>& out) {
  std::size_t open = std::string_view::npos;
  for (std::size_t i = 0; i < pattern.size() && open == std::string_view::npos; ++i) {
    if (pattern[i] == '\\') ++i;
    else if (pattern[i] == '{') open = i;
  }
  std::vector<std::string_view> choices;
  std::size_t start = open + 1, end = start;
  for (int depth = 1; open != std::string_view::npos && depth > 0; ++end) {
    if (end >= pattern.size()) open = std::string_view::npos;  // never closed: stands for itself
    else if (pattern[end] == '\\') ++end;
    else if (pattern[end] == '{') ++depth;
    else if ((pattern[end] == ',' && depth == 1) || (pattern[end] == '}' && --depth == 0)) {
      choices.push_back(pattern.substr(start, end - start));
      start = end + 1;
    }
  }
  if (out.size() >= limit) return;
  if (open == std::string_view::npos || choices.size() < 2) {
    out.emplace_back(pattern);
    return;
  }
  for (const std::string_view choice : choices) {
    expand_braces(std::string(pattern.substr(0, open)).append(choice).append(pattern.substr(end)),
                  limit, out);
  }
}

bool any_alternative_matches(std::string_view pattern, std::string_view path, Dots dots) {
  constexpr std::size_t kMostAlternatives = 256;
  std::vector<std::string> alternatives;
  expand_braces(pattern, kMostAlternatives, alternatives);
  for (const std::string& alternative : alternatives) {
    if (match_path(alternative, path, dots)) return true;
  }
  return false;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  return any_alternative_matches(pattern, path, Dots::Hidden);
}

bool dot_glob_matches(std::string_view pattern, std::string_view path) {
  return any_alternative_matches(pattern, path, Dots::Ordinary);
}

bool ignore_glob_matches(std::string_view pattern, std::string_view path) {
  return match_path(pattern, path, Dots::Ordinary);
}

}  // namespace localfn
