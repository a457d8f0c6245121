#include "runtime/probes/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/project/text.h"

namespace localfn::probes {
namespace {

using json = nlohmann::ordered_json;

// Of a long log the beginning and, where tracebacks are, the end.
constexpr std::size_t kFirstLogLines = 10;
constexpr std::size_t kLastLogLines = 20;

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

std::string log_lines(const std::vector<std::string>& log) {
  std::string text;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const bool cut = log.size() > kFirstLogLines + kLastLogLines;
    if (cut && i == kFirstLogLines) {
      const std::size_t left_out = log.size() - kFirstLogLines - kLastLogLines;
      text += fmt::format("       … {} lines more …\n", left_out);
      i += left_out;
    }
    text += lines_of(log[i], "       ");
  }
  return text.empty() ? text : "     log\n" + text;
}

std::string details(const Result& result) {
  std::string text;
  for (const Failure& failure : result.failures) {
    text += fmt::format("     {}\n", printable(failure.what));
    if (failure.diff.empty()) {
      text += value_lines("expected", failure.expected) + value_lines("got     ", failure.got);
    } else {
      text += "       - expected\n       + got\n" + lines_of(failure.diff, "       ");
    }
  }
  return text + log_lines(result.log);
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string place(const Result& result) {
  if (result.probe.file.empty()) return result.function;
  return fmt::format("{}:{}", result.probe.file, result.probe.line);
}

}  // namespace

std::string details_of(const Result& result) { return details(result); }

std::string to_text(const Result& result) {
  std::string line =
      fmt::format("{:<4} {}", result.passed() ? "ok" : "FAIL", printable(result.probe.name));
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
  const auto slow =
      std::count_if(results.begin(), results.end(), [](const auto& r) { return r.slow; });
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
    std::string where;
    if (!each.probe.file.empty()) {
      where = fmt::format(" file=\"{}\" line=\"{}\"", escaped_xml(printable(each.probe.file)),
                          each.probe.line);
    }
    out += fmt::format("<testcase name=\"{}\" classname=\"{}\"{} time=\"{:.3f}\"",
                       escaped_xml(printable(each.probe.name)),
                       escaped_xml(printable(each.function.empty() ? "project" : each.function)),
                       where, in_ms(each.response.took) / 1000);
    if (each.passed()) {
      out += "/>\n";
      continue;
    }
    out += fmt::format(">\n<failure message=\"{}\">{}</failure>\n</testcase>\n",
                       escaped_xml(printable(each.failures.front().what)),
                       escaped_xml(printable(place(each)) + "\n" + details(each)));
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
      failures.push_back({{"what", failure.what},
                          {"expected", failure.expected},
                          {"got", failure.got},
                          {"diff", failure.diff}});
    }
    all.push_back({{"name", each.probe.name},
                   {"passed", each.passed()},
                   {"slow", each.slow},
                   {"file", each.probe.file},
                   {"line", each.probe.line},
                   {"method", each.probe.method},
                   {"path", each.probe.path},
                   {"function", each.function},
                   {"status", each.response.status},
                   {"ms", in_ms(each.response.took)},
                   {"failures", failures},
                   {"log", each.log}});
  }
  const json root{
      {"passed", count(results, true)}, {"failed", count(results, false)}, {"probes", all}};
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace localfn::probes
