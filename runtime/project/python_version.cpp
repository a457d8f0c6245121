// Versions and version specifiers of Python, as far as they choose between minor versions.
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "runtime/project/python_choice.h"

namespace localfn {
namespace {

struct Written {
  PythonVersion version;
  bool has_minor = false;
  bool has_patch = false;
  int patch = 0;
};

bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view part) {
  if (text.substr(0, part.size()) != part) return false;
  text.remove_prefix(part.size());
  return true;
}

/// "3", "3.11", "3.11.4", "3.11.*"; what follows (rc1, +) is no part of it.
std::optional<Written> read_version(std::string_view text) {
  Written written;
  if (!take_number(text, written.version.major)) return {};
  if (!take(text, ".") || text == "*") return written;
  if (!take_number(text, written.version.minor)) return {};
  written.has_minor = true;
  if (take(text, ".") && take_number(text, written.patch)) written.has_patch = true;
  return written;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool matches_prefix(PythonVersion version, const Written& wanted) {
  return version.major == wanted.version.major &&
         (!wanted.has_minor || version.minor == wanted.version.minor);
}

/// One clause. The version stands for all its patch levels: a clause holds when one of them fits.
std::optional<bool> satisfies_clause(PythonVersion version, std::string_view clause) {
  constexpr std::array<std::string_view, 8> kOperators = {
      "~=", "===", "==", "!=", ">=", "<=", ">", "<"};
  std::string_view operation;
  for (const std::string_view candidate : kOperators) {
    if (operation.empty() && take(clause, candidate)) operation = candidate;
  }
  const auto wanted = read_version(trimmed(clause));
  if (operation.empty() || !wanted) return {};
  if (operation == "==" || operation == "===") return matches_prefix(version, *wanted);
  if (operation == "!=") return wanted->has_patch || !matches_prefix(version, *wanted);
  if (operation == ">=") return version >= wanted->version;
  if (operation == "<=") return version <= wanted->version;
  if (operation == ">") {
    return wanted->has_patch ? version >= wanted->version : version > wanted->version;
  }
  if (operation == "<") {
    return wanted->has_patch && wanted->patch > 0 ? version <= wanted->version
                                                  : version < wanted->version;
  }
  // ~=3.11.4 is any 3.11, and so is ~=3.11 for the platform, although PEP 440 has it mean ">=3.11,
  // <4".
  return wanted->has_minor ? version == wanted->version : matches_prefix(version, *wanted);
}

/// "311" and "3" as uv has them: all digits after the first are the minor version.
std::optional<Written> read_compact(std::string_view text) {
  const bool digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || text.size() > 4) return {};
  Written written;
  written.version.major = text[0] - '0';
  text.remove_prefix(1);
  written.has_minor = !text.empty() && take_number(text, written.version.minor);
  return written;
}

}  // namespace

std::optional<PythonVersion> parse_python_version(std::string_view text) {
  for (const std::string_view prefix : {"cpython@", "cpython-", "cpython", "python-", "python"}) {
    if (take(text, prefix)) break;
  }
  auto written = read_compact(text);
  if (!written) written = read_version(text);
  if (!written || !written->has_minor || written->version.major != 3) return {};
  return written->version;
}

std::optional<bool> satisfies(PythonVersion version, std::string_view specifier) {
  bool all = true;
  while (true) {
    const auto comma = specifier.find(',');
    const auto one = satisfies_clause(version, trimmed(specifier.substr(0, comma)));
    if (!one) return {};
    all = all && *one;
    if (comma == std::string_view::npos) return all;
    specifier.remove_prefix(comma + 1);
  }
}

}  // namespace localfn
