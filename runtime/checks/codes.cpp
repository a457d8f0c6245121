#include "runtime/checks/codes.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "runtime/project/text.h"

namespace localfn::checks {
namespace {

using enum Severity;

constexpr std::array kCodes = {
    Code{"app-entry", Error, "the app of a framework project has no entry point"},
    Code{"bundle-size", Error, "code and packages are larger than a function may be"},
    Code{"case-conflict", Warning, "two files differ in the case of their names only"},
    Code{"catch-all", Warning, "a file [...name].py takes one segment, not all that follow"},
    Code{"config", Error, "vercel.json, or another file that configures the platform, is wrong"},
    Code{"cron-count", Error, "more cron jobs than a project may have"},
    Code{"cron-frequency", Error, "a cron job runs more often than the plan allows"},
    Code{"cron-path", Warning, "the path of a cron job reaches no function"},
    Code{"cron-schedule", Error, "the schedule of a cron job is no valid expression"},
    Code{"data-served", Warning, "a database is served as a static file"},
    Code{"endless-import", Error, "a file runs something at its import that does not return"},
    Code{"framework-preset", Warning, "a manifest makes the whole project one app of a framework"},
    Code{"hidden-manifest", Error, "a pyproject.toml without packages hides another manifest"},
    Code{"import-failed", Error, "a function cannot be imported (--import)"},
    Code{"misplaced-file", Error, "a file is opened beside the function, not from the root"},
    Code{"not-a-function", Error, "a file of api/ looks like a function but is none"},
    Code{"not-installed", Hint, "a package of the manifest is not installed here"},
    Code{"not-uploaded", Warning, "a function opens a file that is never uploaded"},
    Code{"path-conflict", Error, "two files of api/ have conflicting paths"},
    Code{"public-not-bundled", Error, "a function opens or imports a file of public/"},
    Code{"python-version", Error, "a Python is asked for that the platform does not have"},
    Code{"removed-module", Error, "a module is imported that the platform's Python has no more"},
    Code{"reserved-variable", Warning, "a variable has a name that belongs to the platform"},
    Code{"secret-served", Error, "a file with secrets is served as a static file"},
    Code{"services", Hint, "the project has services, which are not judged"},
    Code{"shadowed-module", Warning, "a file hides the package or module that is imported"},
    Code{"sibling-import", Error, "a module is imported from the function's own folder"},
    Code{"syntax-error", Error, "a file is not valid Python"},
    Code{"too-many-functions", Error, "more functions than the plan allows"},
    Code{"undeclared-package", Error, "a package is imported that no manifest names"},
    Code{"unknown-code", Warning, "a comment ignores a code that does not exist"},
    Code{"unreadable-manifest", Error, "a manifest, or what it includes, cannot be read"},
    Code{"unused-pattern", Error, "a pattern of `functions` matches no function"},
    Code{"utf16-manifest", Warning, "a manifest is written in UTF-16"},
    Code{"write-outside-tmp", Warning, "a function writes where it cannot (error: at import)"},
};

}  // namespace

std::span<const Code> all_codes() { return kCodes; }

const Code* find_code(std::string_view code) {
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const Code& each) { return each.code == code; });
  return found == kCodes.end() ? nullptr : found;
}

std::string_view nearest_code(std::string_view word) {
  std::vector<std::string_view> codes;
  for (const Code& each : kCodes) codes.push_back(each.code);
  const std::string meant = nearest(word.substr(0, 40), codes);
  const Code* found = find_code(meant);
  return found == nullptr ? std::string_view() : found->code;
}

}  // namespace localfn::checks
