#include "runtime/project/api_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "runtime/project/text.h"

namespace localfn {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The name without its last extension, as a leading dot begins no extension.
std::string_view stem(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view extension(std::string_view path) {
  const std::string_view name = file_name(path);
  return name.substr(stem(name).size());
}

/// Dynamic segments that stand after the last static one.
std::size_t trailing_parameters(std::string_view file) {
  std::size_t count = 0;
  for (const std::string_view segment : path_segments(file)) {
    count = parameter_of(segment).value_or("").empty() ? 0 : count + 1;
  }
  return count;
}

/// Weight of a character among names: punctuation, then digits, then letters.
int weight(char c) {
  constexpr std::string_view kPunctuation = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return 1000 + byte;
  if (byte >= '0' && byte <= '9') return 200 + byte;
  if (byte >= 'A' && byte <= 'Z') return 300 + byte - 'A';
  if (byte >= 'a' && byte <= 'z') return 300 + byte - 'a';
  const std::size_t place = kPunctuation.find(c);
  return place == std::string_view::npos ? byte : 100 + static_cast<int>(place);
}

int compare_locale(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (weight(a[i]) != weight(b[i])) return weight(a[i]) < weight(b[i]) ? -1 : 1;
  }
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  // Equal but for case: lower case first.
  const int order = b.compare(a);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// ---- conflicts -------------------------------------------------------------------------------

/// The path without extension in which the stretch from the first "[" to the last "]" of each
/// segment is "1": equal ones cannot be told apart by a request.
std::string with_stand_ins(std::string_view file) {
  const std::string path(file.substr(0, file.size() - extension(file).size()));
  std::string out;
  for (const std::string_view segment : path_segments(path)) {
    const std::size_t open = segment.find('['), close = segment.rfind(']');
    if (!out.empty()) out += '/';
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
      out += segment;
    } else {
      out.append(segment.substr(0, open)).append("1").append(segment.substr(close + 1));
    }
  }
  return out;
}

/// Whether the two paths go the same way up to a segment that both call by different names.
bool names_differ(std::string_view a, std::string_view b) {
  const auto first = path_segments(a), second = path_segments(b);
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    const std::string one = parameter_of(first[i]).value_or("");
    const std::string other = parameter_of(second[i]).value_or("");
    if (first[i] != second[i] && (one.empty() || other.empty())) return false;
    if (one != other) return true;
  }
  return false;
}

/// `"a"`, `"a" and "b"`, `"a", "b", and "c"`.
std::string enumerate(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 < names.size() ? ", " : names.size() == 2 ? " and " : ", and ";
    out += in_quotes(names[i]);
  }
  return out;
}

std::optional<Diagnostic> repeated_segment(const std::string& file) {
  std::set<std::string> seen;
  for (const std::string_view segment : path_segments(file)) {
    const auto name = parameter_of(segment);
    if (!name || name->empty() || seen.insert(*name).second) continue;
    return Diagnostic{
        printable(file), 0, 0,
        fmt::format("the dynamic segment [{}] stands twice in the path; rename one of them",
                    printable(*name)),
        {},
        fmt::format("Error: [conflicting_path_segment] The segment \"{}\" occurs more than one time "
                    "in your path \"{}\". Please make sure that every segment in a path is unique.",
                    printable(*name), printable(file))};
  }
  return std::nullopt;
}

Diagnostic conflict(const std::string& file, const std::vector<std::string>& others) {
  return {printable(file), 0, 0,
          fmt::format("a request cannot tell it from {}; rename or remove one", enumerate(others)),
          {},
          fmt::format("Error: [conflicting_file_path] Two or more files have conflicting paths or "
                      "names. Please make sure path segments and filenames, without their "
                      "extension, are unique. The path \"{}\" has conflicts with {}.",
                      printable(file), enumerate(others))};
}

}  // namespace

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

ApiKind api_kind(std::string_view file, bool has_runtime) {
  constexpr std::array<std::string_view, 7> kForeign = {".js", ".mjs", ".ts", ".tsx",
                                                        ".go", ".rb",  ".rs"};
  if (file.substr(0, 4) != "api/") return ApiKind::None;
  if (contains(file, "/.") || contains(file, "/_") || contains(file, "/node_modules/")) {
    return ApiKind::None;
  }
  const std::string_view suffix = extension(file);
  if (suffix == ".py") return ApiKind::Python;
  const bool declaration = file.size() > 5 && file.substr(file.size() - 5) == ".d.ts";
  if (declaration) return ApiKind::None;
  if (has_runtime) return ApiKind::Foreign;
  const std::string_view name = stem(file_name(file));
  const bool go_test = suffix == ".go" && name.size() >= 5 && name.substr(name.size() - 5) == "_test";
  if (go_test) return ApiKind::None;
  const bool foreign = std::find(kForeign.begin(), kForeign.end(), suffix) != kForeign.end();
  return foreign ? ApiKind::Foreign : ApiKind::None;
}

std::string served_path(std::string_view file) {
  return std::string(file.substr(0, file.size() - extension(file).size()));
}

std::optional<std::string> parameter_of(std::string_view segment) {
  const std::string_view name = stem(segment);
  if (name.size() < 2 || name.front() != '[' || name.back() != ']') return std::nullopt;
  return std::string(name.substr(1, name.size() - 2));
}

bool comes_before(std::string_view a, std::string_view b) {
  const std::size_t depth_a = path_segments(a).size(), depth_b = path_segments(b).size();
  if (depth_a != depth_b) return depth_a > depth_b;
  const std::size_t count_a = trailing_parameters(a), count_b = trailing_parameters(b);
  if (count_a != count_b) return count_a < count_b;
  return locale_less(a, b);
}

bool locale_less(std::string_view a, std::string_view b) { return compare_locale(a, b) < 0; }

std::optional<DynamicRoute> dynamic_route(const std::shared_ptr<const Function>& function) {
  DynamicRoute route{function, {}};
  bool dynamic = false;
  // The file's segments, not the path's: "[a.b].py" is judged with its own extension alone.
  for (const std::string_view segment : path_segments(function->file)) {
    const auto parameter = parameter_of(segment);
    if (parameter) {
      route.segments.push_back({{}, *parameter});
    } else {
      route.segments.push_back({std::string(segment), {}});
    }
    dynamic = dynamic || parameter.has_value();
  }
  if (!dynamic) return std::nullopt;
  DynamicRoute::Segment& last = route.segments.back();
  if (last.parameter.empty()) last.literal = stem(last.literal);
  return route;
}

std::vector<Diagnostic> find_conflicts(std::vector<std::string> functions,
                                       const std::vector<std::string>& files) {
  std::sort(functions.begin(), functions.end(), comes_before);
  std::vector<std::pair<const std::string*, std::string>> rivals;  // only api/ can be in the way
  for (const std::string& file : files) {
    if (file.substr(0, 4) == "api/") rivals.emplace_back(&file, with_stand_ins(file));
  }
  std::sort(rivals.begin(), rivals.end(),
            [](const auto& a, const auto& b) { return locale_less(*a.first, *b.first); });
  std::vector<Diagnostic> problems;
  std::set<std::set<std::string>> reported;
  for (const std::string& file : functions) {
    if (auto problem = repeated_segment(file)) problems.push_back(std::move(*problem));
    const std::string stand_ins = with_stand_ins(file);
    std::vector<std::string> others;
    for (const auto& [rival, rival_stand_ins] : rivals) {
      const bool same = rival_stand_ins == stand_ins || names_differ(file, *rival);
      if (same && *rival != file) others.push_back(*rival);
    }
    std::set<std::string> group(others.begin(), others.end());
    group.insert(file);
    if (!others.empty() && reported.insert(group).second) problems.push_back(conflict(file, others));
  }
  return problems;
}

}  // namespace localfn
