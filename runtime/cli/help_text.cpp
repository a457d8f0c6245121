#include "runtime/cli/help_text.h"

#include <algorithm>
#include <cctype>

#include "runtime/cli/usage.h"

namespace localfn::cli {
namespace {

constexpr std::string_view kUsage = "usage: ";
constexpr std::string_view kCommand = "localfn ";
// Options begin at column 2 or 6, commands at column 2; what is further right goes on with a text.
constexpr std::size_t kDeepestItem = 8;

std::vector<std::string> split(std::string_view text, std::string_view at) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + at.size());
  }
}

/// Runs of blanks become one: the columns of the help mean nothing elsewhere.
std::string on_one_line(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank) result += c;
    if (blank && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

/// "-l, --listen ADDR": names and the value behind the last of them.
HelpItem read_option(std::string_view form) {
  HelpItem item;
  for (const std::string& part : split(form, ", ")) {
    const auto blank = part.find(' ');
    item.names.push_back(part.substr(0, blank));
    if (blank != std::string::npos) item.value = part.substr(blank + 1);
  }
  return item;
}

/// Takes the lines of a help one by one and ends a block where the form of the lines changes.
class Reader {
 public:
  void take(std::string_view line) {
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view content = line.substr(indent);
    if (content.empty()) {
      open_ = false;
    } else if (indent > kDeepestItem && open_ && last().kind == HelpBlock::Kind::List) {
      std::string& text = last().items.back().text;
      text += (text.empty() ? "" : " ") + on_one_line(content);
    } else if (indent > 0 && (content.front() == '-' || content.starts_with(kCommand))) {
      take_item(content);
    } else if (indent > 0) {
      block(HelpBlock::Kind::Example).text += std::string(line) + "\n";
    } else {
      std::string& text = block(HelpBlock::Kind::Paragraph).text;
      text += (text.empty() ? "" : " ") + on_one_line(content);
    }
  }

  std::vector<HelpBlock> blocks;

 private:
  HelpBlock& last() { return blocks.back(); }

  HelpBlock& block(HelpBlock::Kind kind) {
    if (!open_ || last().kind != kind) blocks.push_back({kind, "", {}});
    open_ = true;
    return last();
  }

  void take_item(std::string_view content) {
    const auto gap = content.find("  ");
    const std::string_view form = content.substr(0, gap);
    HelpItem item;
    if (content.front() == '-') {
      item = read_option(form);
    } else {
      item.names.emplace_back(form);
    }
    if (gap != std::string_view::npos) item.text = on_one_line(content.substr(gap));
    block(HelpBlock::Kind::List).items.push_back(std::move(item));
  }

  bool open_ = false;
};

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::islower(c) != 0 || c == '-';
  }) && text.front() != '-';
}

}  // namespace

std::vector<HelpItem> HelpPage::options() const {
  std::vector<HelpItem> found;
  for (const HelpBlock& block : blocks) {
    for (const HelpItem& item : block.items) {
      if (item.is_option()) found.push_back(item);
    }
  }
  return found;
}

std::vector<std::string> HelpPage::arguments() const {
  std::vector<std::string> words = split(synopsis, " ");
  words.erase(words.begin(), words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)));
  std::erase(words, "[options]");
  return words;
}

HelpPage read_help(std::string_view command, std::string_view text) {
  HelpPage page;
  page.command = command;
  Reader reader;
  for (const std::string& line : split(text, "\n")) {
    if (page.synopsis.empty() && line.starts_with(kUsage)) {
      page.synopsis = line.substr(kUsage.size());
    } else {
      reader.take(line);
    }
  }
  page.blocks = std::move(reader.blocks);
  return page;
}

HelpPage main_page() { return read_help("", usage()); }

std::vector<CommandPage> command_pages() {
  std::vector<CommandPage> pages;
  for (const HelpBlock& block : main_page().blocks) {
    for (const HelpItem& item : block.items) {
      if (item.is_option()) continue;
      const std::string name = split(item.names.front(), " ").at(1);
      if (is_word(name)) pages.push_back({name, item.text, read_help(name, usage(name))});
    }
  }
  return pages;
}

ValueKind kind_of(std::string_view value) {
  const auto names = [&](std::string_view word) {
    return value.find(word) != std::string_view::npos;
  };
  if (value.empty()) return ValueKind::None;
  if (names("|")) return ValueKind::Choice;
  if (names("FILE") || names("PYTHON")) return ValueKind::File;
  if (names("DIR")) return ValueKind::Folder;
  if (names("METHOD")) return ValueKind::Method;
  return ValueKind::Any;
}

std::vector<std::string> choices_of(std::string_view value) {
  while (!value.empty() && (value.front() == '[' || value.front() == '=')) value.remove_prefix(1);
  while (!value.empty() && value.back() == ']') value.remove_suffix(1);
  return split(value, "|");
}

}  // namespace localfn::cli
