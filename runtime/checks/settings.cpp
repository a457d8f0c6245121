#include "runtime/checks/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/checks/codes.h"
#include "runtime/packages/toml.h"
#include "runtime/project/glob.h"

namespace localfn::checks {
namespace {

using packages::TomlValue;
using Kind = TomlValue::Kind;

constexpr const char* kWhere = "pyproject.toml: tool.localfn.check";

const std::vector<std::string> kKeys = {"plan", "ignore", "severity", "per-file-ignores"};

std::string did_you_mean(std::string_view meant) {
  return meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant);
}

std::set<std::string> read_codes(const std::string& where, const TomlValue& value) {
  std::set<std::string> codes;
  if (value.kind != Kind::Array) {
    throw UsageError(fmt::format("{}: expected a list of codes, like [\"cron-path\"]", where));
  }
  for (const TomlValue& item : value.items) codes.insert(read_code(where, item.text));
  return codes;
}

Severity read_severity(const std::string& where, const std::string& word) {
  for (const Severity each : {Severity::Hint, Severity::Warning, Severity::Error}) {
    if (word == name_of(each)) return each;
  }
  throw UsageError(fmt::format("{}: expected \"error\", \"warning\" or \"hint\", got {}", where,
                               in_quotes(word)));
}

void expect_table(const std::string& where, const TomlValue& value) {
  if (value.kind != Kind::Table) throw UsageError(fmt::format("{}: expected a table", where));
}

void read_member(const std::string& key, const TomlValue& value, Settings& settings) {
  const std::string where = fmt::format("{}.{}", kWhere, key);
  if (key == "plan") {
    settings.plan = read_plan(where, value.text);
  } else if (key == "ignore") {
    settings.ignored = read_codes(where, value);
  } else if (key == "severity") {
    expect_table(where, value);
    for (const auto& [code, word] : value.members) {
      settings.severities[read_code(where, code)] = read_severity(where + "." + code, word.text);
    }
  } else if (key == "per-file-ignores") {
    expect_table(where, value);
    for (const auto& [pattern, codes] : value.members) {
      settings.ignored_in.emplace_back(pattern,
                                       read_codes(where + "." + in_quotes(pattern), codes));
    }
  } else {
    throw UsageError(fmt::format("{}: unknown key{}", where, did_you_mean(nearest(key, kKeys))));
  }
}

/// What comments of one file ignore; a code "" is all of them.
class Comments {
 public:
  Comments(const std::string& file, const wire::Entry& entry, Findings& findings) {
    std::set<std::string> said;
    for (const auto& seen : entry.observations) {
      const bool whole = seen.kind == "ignore file";
      if (!whole && seen.kind != "ignore") continue;
      auto& codes = whole ? everywhere_ : at_[static_cast<int>(seen.line)];
      for (std::string_view rest = seen.text;;) {
        const auto comma = std::min(rest.find(','), rest.size());
        const std::string code(rest.substr(0, comma));
        codes.insert(code);
        if (!code.empty() && find_code(code) == nullptr && said.insert(code).second) {
          findings.push_back(finding("unknown-code", {file, static_cast<int>(seen.line), 0},
                                     fmt::format("localfn check has no code {}{}", in_quotes(code),
                                                 did_you_mean(nearest_code(code))),
                                     "correct the comment"));
        }
        if (comma == rest.size()) break;
        rest.remove_prefix(comma + 1);
      }
    }
  }

  bool ignore(const Finding& found) const {
    const auto at = at_.find(found.line);
    return has(everywhere_, found.code) || (at != at_.end() && has(at->second, found.code));
  }

 private:
  static bool has(const std::set<std::string>& codes, const std::string& code) {
    return codes.contains("") || codes.contains(code);
  }

  std::set<std::string> everywhere_;
  std::map<int, std::set<std::string>> at_;
};

bool ignores(const Settings& settings, const Finding& found) {
  if (settings.ignored.contains(found.code)) return true;
  return std::any_of(settings.ignored_in.begin(), settings.ignored_in.end(), [&](const auto& each) {
    return each.second.contains(found.code) &&
           (each.first == found.file || dot_glob_matches(each.first, found.file));
  });
}

}  // namespace

Plan read_plan(const std::string& where, const std::string& word) {
  if (word == "hobby") return Plan::Hobby;
  if (word == "pro") return Plan::Pro;
  throw UsageError(fmt::format("{}: expected hobby or pro, got {}", where, in_quotes(word)));
}

std::string read_code(const std::string& where, const std::string& word) {
  if (find_code(word) != nullptr) return word;
  throw UsageError(fmt::format("{}: there is no code {}{}", where, in_quotes(word),
                               did_you_mean(nearest_code(word))));
}

Settings read_settings(const Project& project) {
  Settings settings;
  TextFile file = read_text_file((project.root / "pyproject.toml").string());
  if (!file.bytes) return settings;
  // One that is no TOML is a finding of its own.
  const auto root = packages::read_toml(decode_text(std::move(*file.bytes)));
  const TomlValue* table = root ? root->find("tool", "localfn", "check") : nullptr;
  if (table == nullptr) return settings;
  expect_table(kWhere, *table);
  for (const auto& [key, value] : table->members) read_member(key, value, settings);
  return settings;
}

void apply(const Settings& settings, const Sources& sources, Findings& findings) {
  std::map<std::string, Comments> comments;
  for (const auto& [file, entry] : sources.files()) {
    comments.emplace(file, Comments(file, entry, findings));
  }
  std::erase_if(findings, [&](const Finding& each) {
    const auto of_file = comments.find(each.file);
    return ignores(settings, each) || (of_file != comments.end() && of_file->second.ignore(each));
  });
  for (Finding& each : findings) {
    const auto wanted = settings.severities.find(each.code);
    if (wanted != settings.severities.end()) each.severity = wanted->second;
  }
  put_in_order(findings);
}

}  // namespace localfn::checks
