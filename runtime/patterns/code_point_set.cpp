#include "runtime/patterns/code_point_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace localfn::patterns {
namespace {

constexpr std::uint32_t kFirstSurrogate = 0xD800;
constexpr std::uint32_t kLastSurrogate = 0xDFFF;

struct PosixClass {
  std::string_view name;
  CodePointSet set;
};

const std::vector<PosixClass>& posix_classes() {
  static const std::vector<PosixClass> table{
      {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
      {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
      {"ascii", {{0, 0x7F}}},
      {"blank", {{' ', ' '}, {'\t', '\t'}}},
      {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}},
      {"digit", {{'0', '9'}}},
      {"graph", {{0x21, 0x7E}}},
      {"lower", {{'a', 'z'}}},
      {"print", {{0x20, 0x7E}}},
      {"punct", {{0x21, 0x2F}, {0x3A, 0x40}, {0x5B, 0x60}, {0x7B, 0x7E}}},
      {"space", {{'\t', '\r'}, {' ', ' '}}},
      {"upper", {{'A', 'Z'}}},
      {"word", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}},
      {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
  };
  return table;
}

}  // namespace

void CodePointSet::add(const CodePointSet& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
}

std::vector<CodePointSet::Range> CodePointSet::normalized(std::uint32_t maximum) const {
  auto sorted = ranges_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (auto range : sorted) {
    if (range.first > maximum) break;
    range.last = std::min(range.last, maximum);
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

CodePointSet CodePointSet::complement(std::uint32_t maximum) const {
  CodePointSet result;
  std::uint32_t next = 0;
  for (const auto& range : normalized(maximum)) {
    if (range.first > next) result.add(next, range.first - 1);
    next = range.last + 1;
  }
  if (next <= maximum) result.add(next, maximum);
  return result;
}

std::string CodePointSet::to_pcre(std::uint32_t maximum) const {
  std::string items;
  const auto append = [&items](std::uint32_t first, std::uint32_t last) {
    if (first > last) return;
    items += fmt::format("\\x{{{:x}}}", first);
    if (last > first) items += fmt::format("-\\x{{{:x}}}", last);
  };
  for (const auto& range : normalized(maximum)) {
    // Halves of surrogate pairs do not occur in UTF-8, and PCRE2 refuses a class that names them.
    append(range.first, std::min(range.last, kFirstSurrogate - 1));
    append(std::max(range.first, kLastSurrogate + 1), range.last);
  }
  // A class without members never matches; PCRE2 has no such class, but it has such an assertion.
  return items.empty() ? "(?:(?!))" : "[" + items + "]";
}

const CodePointSet& CodePointSet::digits() {
  static const CodePointSet set{{'0', '9'}};
  return set;
}

const CodePointSet& CodePointSet::word() {
  static const CodePointSet set{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}};
  return set;
}

const CodePointSet& CodePointSet::space() {
  static const CodePointSet set{
      {'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
      {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return set;
}

const CodePointSet& CodePointSet::line_ends() {
  static const CodePointSet set{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return set;
}

const CodePointSet* CodePointSet::posix(std::string_view name) {
  for (const auto& entry : posix_classes()) {
    if (entry.name == name) return &entry.set;
  }
  return nullptr;
}

}  // namespace localfn::patterns
