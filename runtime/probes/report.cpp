#include "runtime/probes/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/project/text.h"

namespace localfn::probes {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kLogLines = 30;

double in_ms(microseconds time) { return static_cast<double>(time.count()) / 1000.0; }

std::size_t count(const std::vector<Result>& results, bool passed) {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const Result& each) { return each.passed() == passed; }));
}

/// Control characters but newlines as \xNN, so that no terminal and no XML chokes on them.
std::string lines_of(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out += fmt::format("{}{}\n", indent, printable(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string value_lines(std::string_view label, const std::string& text) {
  if (text.find('\n') == std::string::npos) {
    return fmt::format("       {} {}\n", label, printable(text));
  }
  return fmt::format("       {}\n{}", label, lines_of(text, "         "));
}

std::string details(const Result& result) {
  std::string text;
  for (const Failure& failure : result.failures) {
    text += fmt::format("     {}\n", printable(failure.what));
    text += value_lines("expected", failure.expected) + value_lines("got     ", failure.got);
  }
  const std::size_t shown = std::min(result.log.size(), kLogLines);
  if (shown > 0) text += "     log\n";
  for (std::size_t i = 0; i < shown; ++i) text += lines_of(result.log[i], "       ");
  if (shown < result.log.size()) text += fmt::format("       … {} lines more\n", result.log.size() - shown);
  return text;
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// As GitHub's workflow commands want it: one line.
std::string escaped_command(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

std::string place(const Result& result) {
  if (result.probe.file.empty()) return result.function;
  return fmt::format("{}:{}", result.probe.file, result.probe.line);
}

}  // namespace

std::string to_text(const Result& result) {
  std::string line = fmt::format("{:<4} {}", result.passed() ? "ok" : "FAIL", printable(result.probe.name));
  if (line.size() < 44) line.resize(44, ' ');
  line += fmt::format("  {:>3}  {:>7.1f} ms", result.response.status, in_ms(result.response.took));
  if (!result.function.empty()) line += "  " + printable(result.function);
  if (result.slow) line += fmt::format("  slow: over {} ms", result.probe.limit->count());
  line += '\n';
  if (result.passed()) return line;
  return line + fmt::format("     {}\n", printable(place(result))) + details(result);
}

std::string summary(const std::vector<Result>& results) {
  std::string text =
      fmt::format("{} passed, {} failed", count(results, true), count(results, false));
  const auto slow = std::count_if(results.begin(), results.end(), [](const auto& r) { return r.slow; });
  return slow == 0 ? text : fmt::format("{}, {} slow", text, slow);
}

std::string to_junit(const std::vector<Result>& results) {
  double seconds = 0;
  for (const Result& each : results) seconds += in_ms(each.response.took) / 1000;
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "<testsuite name=\"localfn\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n",
      results.size(), count(results, false), seconds);
  for (const Result& each : results) {
    out += fmt::format("<testcase name=\"{}\" classname=\"{}\" time=\"{:.3f}\"",
                       escaped_xml(printable(each.probe.name)),
                       escaped_xml(printable(each.function.empty() ? "project" : each.function)),
                       in_ms(each.response.took) / 1000);
    if (each.passed()) {
      out += "/>\n";
      continue;
    }
    out += fmt::format(">\n<failure message=\"{}\">{}</failure>\n</testcase>\n",
                       escaped_xml(printable(each.failures.front().what)),
                       escaped_xml(place(each) + "\n" + details(each)));
  }
  return out + "</testsuite>\n</testsuites>\n";
}

std::string to_tap(const std::vector<Result>& results) {
  std::string out = fmt::format("TAP version 13\n1..{}\n", results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    // '#' would begin a directive.
    std::string name = printable(results[i].probe.name);
    std::replace(name.begin(), name.end(), '#', ' ');
    out += fmt::format("{} {} - {}\n", results[i].passed() ? "ok" : "not ok", i + 1, name);
    if (!results[i].passed()) out += lines_of(place(results[i]) + "\n" + details(results[i]), "# ");
  }
  return out;
}

std::string to_json(const std::vector<Result>& results) {
  json all = json::array();
  for (const Result& each : results) {
    json failures = json::array();
    for (const Failure& failure : each.failures) {
      failures.push_back({{"what", failure.what}, {"expected", failure.expected}, {"got", failure.got}});
    }
    all.push_back({{"name", each.probe.name}, {"passed", each.passed()}, {"slow", each.slow},
                   {"file", each.probe.file}, {"line", each.probe.line},
                   {"method", each.probe.method}, {"path", each.probe.path},
                   {"function", each.function}, {"status", each.response.status},
                   {"ms", in_ms(each.response.took)}, {"failures", failures}, {"log", each.log}});
  }
  const json root{{"passed", count(results, true)}, {"failed", count(results, false)}, {"probes", all}};
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string to_annotations(const std::vector<Result>& results) {
  std::string out;
  for (const Result& each : results) {
    if (each.passed() && !each.slow) continue;
    const bool has_place = !each.probe.file.empty();
    const std::string& file = has_place ? each.probe.file : each.function;
    std::string where = file.empty() ? "" : " file=" + escaped_command(file, true);
    if (has_place) where += fmt::format(",line={}", each.probe.line);
    if (!file.empty()) where += ",";
    else where += " ";
    const std::string text = each.passed() ? fmt::format("took {:.1f} ms", in_ms(each.response.took))
                                           : details(each);
    out += fmt::format("::{}{}title={}::{}\n", each.passed() ? "warning" : "error", where,
                       escaped_command(printable(each.probe.name), true),
                       escaped_command(text, false));
  }
  return out;
}

}  // namespace localfn::probes
