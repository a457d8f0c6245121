// SARIF 2.1.0: the form in which code hosts and editors take the results of static analysis.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "runtime/checks/codes.h"
#include "runtime/checks/report.h"

namespace localfn::checks {
namespace {

using json = nlohmann::ordered_json;

std::string_view level_of(Severity severity) {
  return severity == Severity::Hint ? "note" : name_of(severity);
}

/// A path as a relative reference: what has a meaning in an address is percent-encoded.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
  std::string uri;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

json location_of(const Finding& found, std::string_view prefix) {
  json physical = {
      {"artifactLocation",
       {{"uri", uri_of(std::string(prefix) + found.file)}, {"uriBaseId", "%SRCROOT%"}}}};
  if (found.line > 0) {
    physical["region"] = {{"startLine", found.line}};
    if (found.column > 0) physical["region"]["startColumn"] = found.column;
  }
  return {{"physicalLocation", physical}};
}

json rules(std::map<std::string_view, std::size_t>& index) {
  json list = json::array();
  for (const Code& each : all_codes()) {
    index[each.code] = list.size();
    list.push_back({{"id", each.code},
                    {"shortDescription", {{"text", each.title}}},
                    {"defaultConfiguration", {{"level", level_of(each.severity)}}}});
  }
  return list;
}

json result_of(const Finding& found, std::size_t rule, std::string_view prefix) {
  std::string text = found.message;
  if (!found.fix.empty()) text += "\nFix: " + found.fix;
  json result = {{"ruleId", found.code},
                 {"ruleIndex", rule},
                 {"level", level_of(found.severity)},
                 {"message", {{"text", text}}}};
  // What belongs to no file has no place that could be shown.
  if (!found.file.empty()) result["locations"] = json::array({location_of(found, prefix)});
  return result;
}

}  // namespace

std::string to_sarif(const Findings& findings, std::string_view version, std::string_view prefix) {
  std::map<std::string_view, std::size_t> index;
  json driver = {{"name", "localfn"}, {"version", version}, {"rules", rules(index)}};
  json results = json::array();
  for (const Finding& each : findings) {
    results.push_back(result_of(each, index.at(each.code), prefix));
  }
  const json all = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", json::array({{{"tool", {{"driver", driver}}},
                                           {"columnKind", "unicodeCodePoints"},
                                           {"results", results}}})}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace localfn::checks
