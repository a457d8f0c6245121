#include "runtime/checks/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/project/annotation.h"
#include "runtime/project/text.h"

namespace localfn::checks {
namespace {

using json = nlohmann::ordered_json;

std::size_t count(const Findings& findings, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const auto& each) { return each.severity == severity; }));
}

std::string place_of(const Finding& found) {
  std::string place = found.file.empty() ? "." : printable(found.file);
  if (found.line > 0) place += fmt::format(":{}", found.line);
  if (found.line > 0 && found.column > 0) place += fmt::format(":{}", found.column);
  return place;
}

/// Several lines, each below the finding.
std::string indented(std::string_view label, std::string_view text) {
  std::string out = fmt::format("    {}: ", label);
  while (true) {
    const auto end = text.find('\n');
    out += printable(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    out += "      ";
  }
}

}  // namespace

std::string summary(const Findings& findings) {
  std::string text;
  for (const Severity each : {Severity::Error, Severity::Warning, Severity::Hint}) {
    const std::size_t number = count(findings, each);
    if (number == 0) continue;
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", number, name_of(each),
                        number == 1 ? "" : "s");
  }
  return text.empty() ? "no problems found" : text;
}

std::string to_text(const Findings& findings) {
  std::string out;
  for (const Finding& each : findings) {
    out += fmt::format("{}: {}: {} [{}]\n", place_of(each), name_of(each.severity),
                       printable(each.message), each.code);
    if (!each.platform.empty()) out += indented("platform", each.platform);
    if (!each.fix.empty()) out += indented("fix", each.fix);
  }
  return out + summary(findings) + "\n";
}

std::string to_json(const Findings& findings) {
  json list = json::array();
  for (const Finding& each : findings) {
    json item = {{"code", each.code},
                 {"severity", name_of(each.severity)},
                 {"file", each.file},
                 {"line", each.line > 0 ? json(each.line) : json()},
                 {"column", each.column > 0 ? json(each.column) : json()},
                 {"message", each.message},
                 {"fix", each.fix}};
    if (!each.platform.empty()) item["platform"] = each.platform;
    list.push_back(std::move(item));
  }
  const json all = {{"findings", list},
                    {"summary",
                     {{"errors", count(findings, Severity::Error)},
                      {"warnings", count(findings, Severity::Warning)},
                      {"hints", count(findings, Severity::Hint)}}}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string to_github(const Findings& findings, std::string_view prefix) {
  std::string out;
  for (const Finding& each : findings) {
    const std::string_view level =
        each.severity == Severity::Hint ? "notice" : name_of(each.severity);
    const std::string file = each.file.empty() ? "" : std::string(prefix) + each.file;
    std::string text = printable(each.message);
    if (!each.fix.empty()) text += "\nfix: " + each.fix;
    out += workflow_command({level, file, each.line, each.column, each.code, text});
  }
  return out;
}

bool has_errors(const Findings& findings) { return count(findings, Severity::Error) > 0; }

}  // namespace localfn::checks
