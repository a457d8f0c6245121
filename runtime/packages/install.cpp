#include "runtime/packages/install.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace localfn::packages {
namespace {

namespace fs = std::filesystem;

/// uv makes environments without pip, and has commands of its own for them.
bool lacks_pip(const Target& target) {
  if (target.venv.empty()) return false;
  std::error_code ignored;
  return !fs::exists(fmt::format("{}/lib/python{}/site-packages/pip", target.venv, target.python),
                     ignored) &&
         ::access((target.venv + "/bin/pip").c_str(), X_OK) != 0;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./=:,+@%").find(c) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
  bool plain = !word.empty();
  for (const char c : word) plain = plain && is_plain(c);
  if (plain) return word;
  std::string result = "'";
  for (const char c : word) result += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return result + "'";
}

bool is_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

std::string environment_name(const Target& target) {
  if (target.venv.empty()) return ".venv";
  const std::string inner = fs::path(target.venv).lexically_relative(target.root).string();
  return inner.empty() || inner.starts_with("..") ? target.venv : inner;
}

std::string interpreter(const std::string& version) {
  const std::string name = "python" + version;
  const std::string_view built_with = LOCALFN_PYTHON_VERSION;
  const bool ours = built_with.starts_with(version + ".");
  return is_on_path(name) || !ours ? name : LOCALFN_PYTHON_EXECUTABLE;
}

Words create_environment(const Target& target) {
  return {interpreter(target.python), "-m", "venv", environment_name(target)};
}

Words install(const Target& target, const Words& what) {
  const std::string python = environment_name(target) + "/bin/python";
  Words words = lacks_pip(target) ? Words{"uv", "pip", "install", "--python", python}
                                  : Words{python, "-m", "pip", "install"};
  words.insert(words.end(), what.begin(), what.end());
  return words;
}

Words all_of(const Dependencies& dependencies) {
  if (dependencies.kind == Dependencies::Kind::Requirements) return {"-r", dependencies.file};
  Words words;
  for (const Requirement& requirement : dependencies.named) {
    // Poetry names the interpreter among the packages.
    if (requirement.name != "python") words.push_back(requirement.text);
  }
  return words;
}

std::string shell_line(const Words& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace localfn::packages
