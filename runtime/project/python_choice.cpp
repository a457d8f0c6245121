#include "runtime/project/python_choice.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/errors.h"
#include "runtime/project/python_files.h"
#include "runtime/project/text.h"

namespace localfn {
namespace {

namespace fs = std::filesystem;

// The platform's, and that of the workers that can be built.
constexpr PythonVersion kOldest{3, 9};
constexpr PythonVersion kPlatformDefault{3, 12};

std::string versions_text(const std::vector<PythonVersion>& versions) {
  std::string text;
  for (const PythonVersion version : versions) text += (text.empty() ? "" : ", ") + version.text();
  return text;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// What to do about a version that no worker was built for.
std::string how_to_build(PythonVersion version) {
  if (version < kOldest) {
    return fmt::format("Vercel has no Python {} either, nor anything older than {}", version.text(),
                       kOldest.text());
  }
  return fmt::format(
      "build one with LOCALFN_PYTHONS=/path/to/python{} ./localfn (it needs that Python's headers "
      "and shared library)",
      version.text());
}

class Chooser {
 public:
  explicit Chooser(const PythonWish& wish) : wish_(wish) { choice_.version = wish.preferred; }

  PythonChoice run() {
    const bool chosen = by_option() || by_shell() || by_folder() || by_version_file() ||
                        by_requirement() || by_lock_file();
    static_cast<void>(chosen);  // otherwise the preferred one it is
    return std::move(choice_);
  }

 private:
  bool has(PythonVersion version) const {
    return std::find(wish_.workers.begin(), wish_.workers.end(), version) != wish_.workers.end();
  }

  bool take(PythonVersion version, std::string reason, std::string venv = {}) {
    choice_.version = version;
    choice_.reason = std::move(reason);
    choice_.venv = std::move(venv);
    return true;
  }

  bool by_option();
  bool by_shell();
  bool by_folder();
  bool by_version_file();
  bool by_requirement();
  bool by_lock_file();
  bool by_environment(const std::string& folder, const std::string& shown);
  bool by_version(PythonVersion version, const std::string& file);
  std::optional<PythonVersion> best_for(std::string_view specifier) const;
  bool by_requests(const std::vector<std::string>& requests);
  [[noreturn]] void refuse(const std::string& why) const;

  const PythonWish& wish_;
  PythonChoice choice_;
};

void Chooser::refuse(const std::string& why) const {
  throw UsageError(fmt::format("--python {}: {}", in_quotes(wish_.option), why));
}

bool Chooser::by_option() {
  if (wish_.option.empty()) return false;
  const std::string path = without_slash(fs::absolute(wish_.option).lexically_normal().string());
  const std::string venv = environment_of(path);
  std::optional<PythonVersion> version = parse_python_version(wish_.option);
  if (!venv.empty()) {
    version = version_of_environment(venv);
  } else if (!version && fs::exists(path)) {
    // /usr/bin/python3 is a link to a name that tells.
    std::error_code ignored;
    version = parse_python_version(fs::canonical(path, ignored).filename().string());
  }
  if (!version) {
    refuse("is no version like 3.12, no interpreter whose name tells its version, and no virtual "
           "environment");
  }
  if (!has(*version)) {
    refuse(fmt::format("there is no worker for Python {} here, only for {}; {}", version->text(),
                       versions_text(wish_.workers), how_to_build(*version)));
  }
  return take(*version, "--python", venv);
}

bool Chooser::by_shell() {
  if (wish_.virtual_env.empty()) return false;
  const std::string folder = without_slash(wish_.virtual_env);
  return by_environment(folder, fs::path(folder).filename().string());
}

bool Chooser::by_folder() {
  for (const char* name : {".venv", "venv"}) {
    if (by_environment((fs::path(wish_.root) / name).string(), name)) return true;
  }
  return false;
}

bool Chooser::by_environment(const std::string& folder, const std::string& shown) {
  if (!is_environment(folder)) return false;
  const auto version = version_of_environment(folder);
  if (version && has(*version)) return take(*version, shown, folder);
  choice_.warnings.push_back(
      version ? fmt::format("{} is of Python {}, and there is no worker for that here, only for {}: "
                            "its packages are not used; make it anew with Python {}, or {}",
                            shown, version->text(), versions_text(wish_.workers),
                            wish_.preferred.text(), how_to_build(*version))
              : fmt::format("{}/pyvenv.cfg does not say which Python it is of: its packages are not "
                            "used; make the environment anew (python3 -m venv {})",
                            shown, shown));
  return false;
}

bool Chooser::by_version(PythonVersion version, const std::string& file) {
  if (has(version)) return take(version, file);
  choice_.warnings.push_back(fmt::format(
      "{} asks for Python {}, and there is no worker for that here, only for {}: functions run with "
      "Python {}; {}",
      file, version.text(), versions_text(wish_.workers), wish_.preferred.text(),
      how_to_build(version)));
  return true;  // the wish is settled: a weaker one does not decide
}

/// The worker for a range: the preferred one where it fits, then the platform's default, else the
/// highest that does.
std::optional<PythonVersion> Chooser::best_for(std::string_view specifier) const {
  if (satisfies(wish_.preferred, specifier).value_or(false)) return wish_.preferred;
  if (has(kPlatformDefault) && satisfies(kPlatformDefault, specifier).value_or(false)) {
    return kPlatformDefault;
  }
  std::optional<PythonVersion> best;
  for (const PythonVersion worker : wish_.workers) {
    if (satisfies(worker, specifier).value_or(false) && (!best || worker > *best)) best = worker;
  }
  return best;
}

/// Lines of .python-version are alternatives: versions, or ranges.
bool Chooser::by_requests(const std::vector<std::string>& requests) {
  std::optional<PythonVersion> first;
  bool range = false;
  for (const std::string& request : requests) {
    const auto version = parse_python_version(request);
    const std::string specifier = request == "3" ? "==3.*" : request;
    if (!first) first = version;
    if (!version && !satisfies(wish_.preferred, specifier)) continue;
    range = range || !version;
    const auto found = version && has(*version) ? version : best_for(specifier);
    if (found) return take(*found, ".python-version");
  }
  if (first) return by_version(*first, ".python-version");
  if (!range) return false;
  choice_.warnings.push_back(fmt::format(
      ".python-version asks for Python {}, and there is a worker only for {}: functions run with "
      "Python {}; build another with LOCALFN_PYTHONS=/path/to/pythonX.Y ./localfn",
      printable(requests.front()), versions_text(wish_.workers), wish_.preferred.text()));
  return true;
}

bool Chooser::by_version_file() {
  const auto requests = telling_lines(wish_.root + "/.python-version");
  if (requests.empty()) return false;
  if (by_requests(requests)) return true;
  choice_.warnings.push_back(fmt::format(
      ".python-version says {}; expected a version like 3.12, so it is ignored here. On Vercel the "
      "build fails: could not parse .python-version file: no valid Python version requests found",
      in_quotes(requests.front())));
  return false;
}

bool Chooser::by_requirement() {
  const auto wanted = requires_python(wish_.root + "/pyproject.toml");
  if (!wanted) return false;
  const auto fits = satisfies(wish_.preferred, *wanted);
  if (!fits) {
    choice_.warnings.push_back(fmt::format(
        "pyproject.toml: requires-python {} is no version specifier, so it is ignored",
        in_quotes(*wanted)));
    return false;
  }
  if (*fits) return take(wish_.preferred, {});
  if (const auto worker = best_for(*wanted)) return take(*worker, "pyproject.toml");
  choice_.warnings.push_back(fmt::format(
      "pyproject.toml requires Python {}, and there is a worker only for {}: functions run with "
      "Python {}; build another with LOCALFN_PYTHONS=/path/to/pythonX.Y ./localfn",
      printable(*wanted), versions_text(wish_.workers), wish_.preferred.text()));
  return true;
}

bool Chooser::by_lock_file() {
  const TextFile file = read_text_file(wish_.root + "/Pipfile.lock");
  if (!file.bytes) return false;
  const auto lock = nlohmann::json::parse(*file.bytes, nullptr, false);
  const auto pointer = nlohmann::json::json_pointer("/_meta/requires/python_version");
  if (lock.is_discarded() || !lock.contains(pointer) || !lock[pointer].is_string()) return false;
  const auto version = parse_python_version(lock[pointer].get<std::string>());
  if (!version) return false;
  if (*version >= kPlatformDefault) return by_version(*version, "Pipfile.lock");
  choice_.warnings.push_back(fmt::format(
      "Pipfile.lock asks for Python {}, which is ignored: Vercel takes {} and later from it",
      version->text(), kPlatformDefault.text()));
  return false;
}

}  // namespace

std::string PythonVersion::text() const { return fmt::format("{}.{}", major, minor); }

PythonChoice choose_python(const PythonWish& wish) { return Chooser(wish).run(); }

}  // namespace localfn
