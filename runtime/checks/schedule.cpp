#include "runtime/checks/schedule.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

namespace localfn::checks {
namespace {

struct Field {
  std::string_view name;
  int least;
  int most;
};
constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59},
                                           {"hour", 0, 23},
                                           {"day of the month", 1, 31},
                                           {"month", 1, 12},
                                           {"day of the week", 0, 6}}};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-') {
    return {};
  }
  return value;
}

/// One part of a list: "5", "1-5", "*", each with a step or without; its values go into `values`.
bool read_part(std::string_view part, const Field& field, std::set<int>& values) {
  const auto slash = part.find('/');
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number(part.substr(slash + 1));
    if (!given || *given < 1 || *given > field.most) return false;
    step = *given;
    part = part.substr(0, slash);
  }
  int first = field.least, last = field.most;
  if (part != "*") {
    const auto dash = part.find('-');
    const auto from = number(part.substr(0, dash));
    if (!from) return false;
    first = *from;
    // "5/10" begins at 5 and has no other end than the field's.
    if (dash != std::string_view::npos) {
      const auto to = number(part.substr(dash + 1));
      if (!to) return false;
      last = *to;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  if (first < field.least || last > field.most || first > last) return false;
  for (int value = first; value <= last; value += step) values.insert(value);
  return true;
}

}  // namespace

Schedule read_schedule(std::string_view expression) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(expression, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() != kFields.size()) {
    return {fmt::format("has {} fields, expected 5: minute, hour, day of the month, month, day of "
                        "the week",
                        words.size()),
            0};
  }
  std::array<std::set<int>, 5> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    for (const std::string_view part : split(words[i], ',')) {
      if (read_part(part, kFields[i], values[i])) continue;
      return {
          fmt::format("the {} \"{}\" is none: expected *, or numbers from {} to {} with , - and /",
                      kFields[i].name, words[i], kFields[i].least, kFields[i].most),
          0};
    }
  }
  if (words[2] != "*" && words[4] != "*") {
    return {"has both a day of the month and a day of the week; one of them has to be *", 0};
  }
  return {{}, values[0].size() * values[1].size()};
}

}  // namespace localfn::checks
