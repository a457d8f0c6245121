#include "tests/unit/architecture/rules.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/unit/architecture/source_text.h"

namespace localfn::architecture {
namespace {

/// Which parts each part may include besides itself:
/// cli → http → routing → project → rules → patterns, http → functions → project, cli → probes → project, cli → checks → packages, routing,
/// project, all → base.
const std::map<std::string, std::set<std::string>, std::less<>>& allowed() {
  static const std::map<std::string, std::set<std::string>, std::less<>> table{
      {"runtime/base", {}},
      {"runtime/patterns", {"runtime/base"}},
      {"runtime/rules", {"runtime/patterns", "runtime/base"}},
      {"runtime/project", {"runtime/rules", "runtime/patterns", "runtime/base"}},
      {"runtime/packages", {"runtime/project", "runtime/base"}},
      {"runtime/routing",
       {"runtime/project", "runtime/rules", "runtime/patterns", "runtime/base"}},
      {"runtime/functions", {"runtime/project", "runtime/rules", "runtime/base"}},
      {"runtime/http",
       {"runtime/routing", "runtime/functions", "runtime/packages", "runtime/project",
        "runtime/rules", "runtime/base"}},
      {"runtime/probes", {"runtime/project", "runtime/patterns", "runtime/base"}},
      {"runtime/checks",
       {"runtime/packages", "runtime/routing", "runtime/project", "runtime/rules", "runtime/base"}},
      {"runtime/cli",
       {"runtime/checks", "runtime/probes", "runtime/http", "runtime/routing", "runtime/functions", "runtime/packages",
        "runtime/project",
        "runtime/rules", "runtime/base"}},
      {"bindings", {"runtime/base"}},
  };
  return table;
}

struct ForbiddenCall {
  const char* pattern;
  const char* rule;
  bool also_in_bindings;
};

constexpr ForbiddenCall kForbiddenCalls[] = {
    {R"(\bv?fork\s*\()", "only bindings/ forks; the host starts processes by exec", false},
    {R"(\b(?:system|popen)\s*\()", "no shell: a command line is no way to start a process", true},
    {R"(\b(?:sleep|usleep|nanosleep|clock_nanosleep|sleep_for|sleep_until)\s*\()",
     "no sleeping: wait for what is to happen, with a deadline", true},
};

class Check {
 public:
  Check(std::string_view path, std::string_view text)
      : path_(path), part_(part_of(path)), text_(text) {}

  std::vector<std::string> run() {
    if (!allowed().contains(part_)) {
      report(1, "folder " + part_ + " has no rule; say in rules.cpp what it may include");
      return found_;
    }
    for (const auto& include : includes_of(text_)) check_include(include);
    for (const auto& call : kForbiddenCalls) {
      if (call.also_in_bindings || part_ != "bindings") check_call(call);
    }
    return found_;
  }

 private:
  void check_include(const Include& include) {
    const auto& target = include.target;
    if (ends_with_header(target, "httplib.h") && part_ != "runtime/http") {
      report(include.line, "only runtime/http includes httplib.h");
    }
    if (part_ != "bindings" && is_python(target)) {
      report(include.line, "only bindings/ includes Python; found " + target);
    }
    if (target.starts_with("runtime/") || target.starts_with("bindings/")) {
      check_direction(include);
    } else if (include.quoted) {
      report(include.line, "\"" + target + "\" is not named from the top of the source tree");
    }
  }

  void check_direction(const Include& include) {
    const auto other = part_of(include.target);
    const auto& below = allowed().find(part_)->second;
    if (other != part_ && !below.contains(other)) {
      report(include.line, part_ + " must not include " + include.target);
    }
  }

  void check_call(const ForbiddenCall& call) {
    const auto code = without_comments(text_, false);
    const std::regex pattern(call.pattern);
    for (std::sregex_iterator match(code.begin(), code.end(), pattern), end; match != end;
         ++match) {
      const auto before = code.begin() + match->position();
      report(1 + static_cast<int>(std::count(code.begin(), before, '\n')), call.rule);
    }
  }

  static bool ends_with_header(std::string_view target, std::string_view name) {
    return target == name || target.ends_with("/" + std::string(name));
  }

  static bool is_python(std::string_view target) {
    return ends_with_header(target, "Python.h") || target.starts_with("pybind11/") ||
           target.starts_with("python3") || target.starts_with("cpython/");
  }

  void report(int line, const std::string& what) {
    found_.push_back(std::string(path_) + ":" + std::to_string(line) + ": " + what);
  }

  std::string_view path_;
  std::string part_;
  std::string_view text_;
  std::vector<std::string> found_;
};

}  // namespace

std::string part_of(std::string_view path) {
  const auto first = path.find('/');
  if (!path.starts_with("runtime/")) return std::string(path.substr(0, first));
  return std::string(path.substr(0, path.find('/', first + 1)));
}

std::vector<std::string> violations(std::string_view path, std::string_view text) {
  return Check(path, text).run();
}

}  // namespace localfn::architecture
