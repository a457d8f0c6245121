// The texts of --help, taken apart: what the manual page and the shells' completions are made of.
//
// One source: whoever writes an option into usage.cpp has written it into all of them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace localfn::cli {

/// One line of a list: an option with its value, or a command with its words.
struct HelpItem {
  std::vector<std::string>
      names;          ///< "-l", "--listen"; of a command its words: "localfn dev [DIR]"
  std::string value;  ///< "ADDR", "text|json", "[PORT]"; empty when it takes none
  std::string text;   ///< what it does, on one line

  bool is_option() const { return names.front().front() == '-'; }
};

struct HelpBlock {
  enum class Kind { Paragraph, List, Example };
  Kind kind = Kind::Paragraph;
  std::string text;             ///< of a Paragraph on one line, of an Example as it stands
  std::vector<HelpItem> items;  ///< of a List
};

struct HelpPage {
  std::string command;   ///< "dev"; empty for the page on all commands
  std::string synopsis;  ///< what follows "usage: "
  std::vector<HelpBlock> blocks;

  /// Every option of the page, in its order.
  std::vector<HelpItem> options() const;
  /// The words of the synopsis that are neither options nor the command: "[DIR]", "PATH".
  std::vector<std::string> arguments() const;
};

/// One text of usage(), which begins with "usage: " and its form.
HelpPage read_help(std::string_view command, std::string_view text);

/// The page on all commands.
HelpPage main_page();

/// A page for each command that the page on all names, in its order; `summary` is what it says of
/// it.
struct CommandPage {
  std::string name;
  std::string summary;
  HelpPage page;
};
std::vector<CommandPage> command_pages();

/// What is asked for where an option or an argument stands, as its name in the help says.
enum class ValueKind { None, Any, Choice, File, Folder, Method };
ValueKind kind_of(std::string_view value);

/// "text|json" as its words.
std::vector<std::string> choices_of(std::string_view value);

}  // namespace localfn::cli
