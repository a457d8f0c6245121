// Static files that nobody should get: keys, passwords, databases.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/checks/check.h"

namespace localfn::checks {
namespace {

constexpr std::array<std::string_view, 15> kSecretNames = {
    ".env",     ".envrc",     ".flaskenv",        ".npmrc",       ".pypirc",
    ".netrc",   ".htpasswd",  ".git-credentials", "id_rsa",       "id_dsa",
    "id_ecdsa", "id_ed25519", "secrets.toml",     "secrets.yaml", "secrets.json"};
constexpr std::array<std::string_view, 4> kKeyStores = {".p12", ".pfx", ".jks", ".keystore"};
constexpr std::array<std::string_view, 3> kDatabases = {".sqlite", ".sqlite3", ".db"};
// Examples of the real thing, meant to be read.
constexpr std::array<std::string_view, 4> kExamples = {".example", ".sample", ".template", ".dist"};
constexpr std::size_t kLongestKey = 64 * 1024;

template <typename Ends>
bool ends_with_any(std::string_view name, const Ends& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
    return name.ends_with(end) && name.size() > end.size();
  });
}

/// What about the content is secret; empty: nothing.
std::string_view secret_in(const Project& project, const std::string& file, std::string_view name) {
  const bool key = name.ends_with(".pem") || name.ends_with(".key");
  if (!key && !name.ends_with(".json")) return {};
  const auto text = read_text_file((project.root / file).string(), kLongestKey).bytes;
  if (!text) return {};
  if (text->find("PRIVATE KEY-----") != std::string::npos) return "a private key";
  if (text->find("\"client_secret\"") != std::string::npos) return "a client's secret";
  return {};
}

std::string_view secret_of(const Project& project, const std::string& file) {
  const std::string name = lower_case(file.substr(file.rfind('/') + 1));
  if (ends_with_any(name, kExamples)) return {};
  if (std::find(kSecretNames.begin(), kSecretNames.end(), name) != kSecretNames.end() ||
      name.starts_with(".env.")) {
    return "passwords or keys";
  }
  if (ends_with_any(name, kKeyStores)) return "keys";
  return secret_in(project, file, name);
}

}  // namespace

void check_served(const Input& input, Findings& findings) {
  for (const auto& [path, file] : input.project.static_files) {
    const auto served = input.project.served.find(path);
    if (served != input.project.served.end() && served->second.withheld) continue;
    const std::string_view secret = secret_of(input.project, file);
    const std::string where =
        input.project.static_root.empty()
            ? "move the pages to public/, so that only they are served, or add it to .vercelignore"
            : "move it out of " + input.project.static_root;
    if (!secret.empty()) {
      findings.push_back(finding("secret-served", {file, 0, 0},
                                 fmt::format("anybody gets it at /{}, and it has {}", path, secret),
                                 where));
    } else if (ends_with_any(lower_case(path), kDatabases)) {
      findings.push_back(finding("data-served", {file, 0, 0},
                                 fmt::format("anybody gets the whole database at /{}", path),
                                 where));
    }
  }
}

}  // namespace localfn::checks
