#include "runtime/project/ignore.h"

#include <utility>

#include "runtime/project/glob.h"

namespace localfn {
namespace {

/// Trailing spaces do not count unless the last one is escaped.
std::string_view without_trailing_spaces(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) {
    if (line.size() > 1 && line[line.size() - 2] == '\\') break;
    line.remove_suffix(1);
  }
  return line;
}

constexpr std::string_view kNeverListed = R"(.hg
.git
.gitmodules
.svn
.cache
.next
.now
.vercel
.npmignore
.dockerignore
.gitignore
.*.swp
.DS_Store
.wafpicke-*
.lock-wscript
.env.local
.env.*.local
.venv
.yarn/cache
.pnp*
npm-debug.log
config.gypi
node_modules
__pycache__
venv
CVS
)";

}  // namespace

void IgnoreRules::add(std::string_view lines) {
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() < lines.size() ? line.size() + 1 : lines.size());
    line = without_trailing_spaces(line);
    if (line.empty() || line[0] == '#') continue;
    Rule rule;
    if (line[0] == '!') {
      rule.negated = true;
      line.remove_prefix(1);
    }
    if (!line.empty() && line.back() == '/') {
      rule.directories_only = true;
      line.remove_suffix(1);
    }
    if (line.empty()) continue;
    // A slash inside ties the pattern to the root; without one it matches at any depth.
    const bool anchored = line.find('/') != std::string_view::npos;
    if (line[0] == '/') line.remove_prefix(1);
    rule.glob = (anchored ? "" : "**/") + std::string(line);
    rules_.push_back(std::move(rule));
  }
}

bool IgnoreRules::ignores(std::string_view path, bool is_directory) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->directories_only && !is_directory) continue;
    if (ignore_glob_matches(rule->glob, path)) return !rule->negated;
  }
  return false;
}

IgnoreRules built_in_ignores(bool has_cargo_toml) {
  IgnoreRules rules;
  rules.add(kNeverListed);
  if (has_cargo_toml) rules.add("/target");
  return rules;
}

}  // namespace localfn
