#include "runtime/cli/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "runtime/cli/help_text.h"

namespace localfn::cli {
namespace {

/// Text that no formatter changes: a minus stays one, a line that begins with a dot is no request.
std::string roff(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    line_begins = c == '\n';
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

/// "localfn dev [DIR]": what is typed as it stands in bold, what stands for something in italics.
std::string form(std::string_view words) {
  std::string result;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    const std::string_view word = words.substr(at, end - at);
    const bool typed = std::none_of(
        word.begin(), word.end(), [](unsigned char c) { return std::isupper(c) != 0 || c == '['; });
    result += (result.empty() ? "" : " ") + (typed ? bold(word) : italic(word));
    at = end + 1;
  }
  return result;
}

std::string item_text(const HelpItem& item) {
  std::string head;
  for (const std::string& name : item.names) {
    head += (head.empty() ? "" : ", ") + (item.is_option() ? bold(name) : form(name));
  }
  if (!item.value.empty()) head += " " + italic(item.value);
  return fmt::format(".TP\n{}\n{}\n", head, roff(item.text));
}

std::string block_text(const HelpBlock& block) {
  switch (block.kind) {
    case HelpBlock::Kind::Paragraph:
      return fmt::format(".PP\n{}\n", roff(block.text));
    case HelpBlock::Kind::Example:
      return fmt::format(".PP\n.nf\n{}.fi\n", roff(block.text));
    case HelpBlock::Kind::List:
      break;
  }
  std::string text;
  for (const HelpItem& item : block.items) text += item_text(item);
  return text;
}

std::string blocks_text(const HelpPage& page) {
  std::string text;
  for (const HelpBlock& block : page.blocks) text += block_text(block);
  return text;
}

}  // namespace

std::string manual(const std::string& version) {
  const HelpPage all = main_page();
  std::string text = fmt::format(
      ".\\\" Made by localfn help --man from the texts of --help.\n"
      ".TH LOCALFN 1 \"\" \"localfn {}\" \"User Commands\"\n"
      ".SH NAME\nlocalfn \\- run the Python functions of a project as the platform runs them\n"
      ".SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}.SH COMMANDS\n",
      roff(version), form(all.synopsis), blocks_text(all));
  for (const CommandPage& command : command_pages()) {
    text += fmt::format(".SS {}\n{}", form(command.page.synopsis), blocks_text(command.page));
  }
  return text;
}

}  // namespace localfn::cli
