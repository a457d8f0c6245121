#include "runtime/cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/cli/help_text.h"

namespace localfn::cli {
namespace {

constexpr std::string_view kMethods = "GET HEAD POST PUT PATCH DELETE OPTIONS";

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  return fmt::format("{}", fmt::join(words, between));
}

std::string command_names(std::string_view between = " ") {
  std::vector<std::string> names;
  for (const CommandPage& command : command_pages()) names.push_back(command.name);
  names.insert(names.end(), {"help", "version"});
  return joined(names, between);
}

/// The bash that fills COMPREPLY with words for a value.
std::string bash_reply(ValueKind kind, std::string_view value) {
  switch (kind) {
    case ValueKind::None:
    case ValueKind::Any:
      return ":";
    case ValueKind::Choice:
      return fmt::format("_localfn_words '{}'", joined(choices_of(value)));
    case ValueKind::File:
      return "_localfn_paths -f";
    case ValueKind::Folder:
      return "_localfn_paths -d";
    case ValueKind::Method:
      return fmt::format("_localfn_words '{}'", kMethods);
  }
  return ":";
}

/// What any of the arguments may be: a file is more than a folder, and more than nothing.
std::string argument_named(const HelpPage& page) {
  std::string best;
  for (const std::string& argument : page.arguments()) {
    const ValueKind kind = kind_of(argument);
    if (kind == ValueKind::File || kind == ValueKind::Method) return argument;
    if (kind == ValueKind::Folder) best = argument;
  }
  return best;
}

std::string bash_command(const CommandPage& command) {
  std::vector<std::string> names;
  std::string values;
  for (const HelpItem& option : command.page.options()) {
    names.insert(names.end(), option.names.begin(), option.names.end());
    const ValueKind kind = kind_of(option.value);
    // A value that may be left out is only asked for behind "=".
    if (kind == ValueKind::None || option.value.front() == '[') continue;
    values += fmt::format("        {}) {}; return ;;\n", joined(option.names, "|"),
                          bash_reply(kind, option.value));
  }
  names.emplace_back("--help");
  const std::string argument = argument_named(command.page);
  return fmt::format(
      "    {})\n{}"
      "      if [[ $cur == -* ]]; then _localfn_words '{}'\n"
      "      else {}; fi ;;\n",
      command.name,
      values.empty() ? "" : fmt::format("      case $prev in\n{}      esac\n", values),
      joined(names), bash_reply(kind_of(argument), argument));
}

/// `text` within single quotes of a shell.
std::string quoted(std::string_view text, std::string_view quote_inside) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += quote_inside;
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string zsh_quoted(std::string_view text) { return quoted(text, "'\\''"); }
std::string fish_quoted(std::string_view text) { return quoted(text, "\\'"); }

/// What ends a description or parts it in the words of _arguments and _describe.
std::string zsh_plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_action(std::string_view value) {
  switch (kind_of(value)) {
    case ValueKind::None:
    case ValueKind::Any:
      return " ";
    case ValueKind::Choice:
      return fmt::format("({})", joined(choices_of(value)));
    case ValueKind::File:
      return "_files";
    case ValueKind::Folder:
      return "_files -/";
    case ValueKind::Method:
      return fmt::format("({})", kMethods);
  }
  return " ";
}

/// Each may come again: which options repeat is the command's affair.
std::string zsh_option(const HelpItem& option) {
  std::string text;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    std::string spec = fmt::format("*{}", name);
    if (!option.value.empty()) spec += is_long ? "=" : "+";
    spec += fmt::format("[{}]", zsh_plain(option.text));
    if (!option.value.empty()) {
      const bool optional = option.value.front() == '[';
      spec += fmt::format("{}{}:{}", optional ? "::" : ":", zsh_plain(option.value),
                          zsh_action(option.value));
    }
    text += fmt::format(" \\\n            {}", zsh_quoted(spec));
  }
  return text;
}

std::string zsh_command(const CommandPage& command) {
  std::string text =
      fmt::format("        {})\n          _arguments '--help[tell about this]'", command.name);
  for (const HelpItem& option : command.page.options()) text += zsh_option(option);
  const std::string argument = argument_named(command.page);
  if (!argument.empty()) {
    text +=
        fmt::format(" \\\n            {}",
                    zsh_quoted(fmt::format("*:{}:{}", zsh_plain(argument), zsh_action(argument))));
  }
  return text + " ;;\n";
}

std::string fish_value(std::string_view value) {
  // What may be left out does not take the next word.
  if (value.starts_with("[")) return "";
  switch (kind_of(value)) {
    case ValueKind::None:
      return "";
    case ValueKind::Any:
      return " -x";
    case ValueKind::Choice:
      return fmt::format(" -x -a {}", fish_quoted(joined(choices_of(value))));
    case ValueKind::File:
      return " -r -F";
    case ValueKind::Folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::Method:
      return fmt::format(" -x -a '{}'", kMethods);
  }
  return "";
}

std::string fish_argument(std::string_view argument) {
  switch (kind_of(argument)) {
    case ValueKind::File:
      return " -F";
    case ValueKind::Folder:
      return " -a '(__fish_complete_directories)'";
    case ValueKind::Method:
      return fmt::format(" -a '{}'", kMethods);
    default:
      return "";
  }
}

std::string fish_command(const CommandPage& command) {
  const std::string here =
      fmt::format("complete -c localfn -n '__fish_seen_subcommand_from {}'", command.name);
  std::string text = fmt::format("\ncomplete -c localfn -n __fish_use_subcommand -a {} -d {}\n",
                                 command.name, fish_quoted(command.summary));
  for (const HelpItem& option : command.page.options()) {
    text += here;
    for (const std::string& name : option.names) {
      const bool is_long = name.starts_with("--");
      text += fmt::format(" -{} {}", is_long ? "l" : "s", name.substr(is_long ? 2 : 1));
    }
    text += fmt::format("{} -d {}\n", fish_value(option.value), fish_quoted(option.text));
  }
  const std::string argument = fish_argument(argument_named(command.page));
  return argument.empty() ? text : text + here + argument + "\n";
}

constexpr const char* kBash =
    R"(# What bash completes of a localfn command line; made by localfn help --completion bash.

_localfn_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}

_localfn_paths() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}}

_localfn() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _localfn_words '{0} --help --version'
    return
  fi
  # Of --log=json bash makes three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  case ${{COMP_WORDS[1]}} in
{1}    help) _localfn_words '{0}' ;;
  esac
}}

complete -F _localfn localfn
)";

constexpr const char* kZsh = R"(#compdef localfn
# What zsh completes of a localfn command line; made by localfn help --completion zsh.

_localfn() {{
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '(- *)--help[tell about all commands]' '(- *)--version[tell the versions]' \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
{0}      )
      _describe command commands ;;
    argument)
      case $line[1] in
{1}      esac ;;
  esac
}}

_localfn "$@"
)";

}  // namespace

std::string bash_completion() {
  std::string commands;
  for (const CommandPage& command : command_pages()) commands += bash_command(command);
  return fmt::format(kBash, command_names(), commands);
}

std::string zsh_completion() {
  std::string names;
  std::string commands;
  for (const CommandPage& command : command_pages()) {
    names +=
        fmt::format("        {}\n", zsh_quoted(command.name + ":" + zsh_plain(command.summary)));
    commands += zsh_command(command);
  }
  return fmt::format(kZsh, names, commands);
}

std::string fish_completion() {
  std::string text =
      "# What fish completes of a localfn command line; made by localfn help --completion fish.\n"
      "complete -c localfn -f\n"
      "complete -c localfn -l help -d 'tell about a command'\n"
      "complete -c localfn -n __fish_use_subcommand -l version -d 'tell the versions'\n";
  for (const CommandPage& command : command_pages()) text += fish_command(command);
  return text;
}

std::string completion(std::string_view shell) {
  if (shell == "bash") return bash_completion();
  if (shell == "zsh") return zsh_completion();
  if (shell == "fish") return fish_completion();
  throw UsageError(fmt::format("no completion for \"{}\": expected bash, zsh or fish", shell));
}

}  // namespace localfn::cli
