#include "runtime/packages/requirements_file.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "runtime/project/text.h"

namespace localfn::packages {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 50;

/// A comment begins the line or has a blank before it: `#egg=name` is part of an address.
std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

/// The value of the first of `options` that the line begins with: `-r base.txt`, `--requirement=…`.
std::optional<std::string_view> option_value(std::string_view line,
                                             const std::array<std::string_view, 2>& options) {
  for (const std::string_view option : options) {
    if (!line.starts_with(option)) continue;
    std::string_view rest = line.substr(option.size());
    const bool is_long = option.starts_with("--");
    if (is_long && !rest.starts_with("=") && !rest.starts_with(" ")) continue;
    if (is_long && rest.starts_with("=")) rest.remove_prefix(1);
    return trimmed(rest);
  }
  return {};
}

/// `…#egg=name&…`, or the name that a wheel or an archive begins with.
std::string_view name_in_address(std::string_view address) {
  if (const auto egg = address.find("egg="); egg != std::string_view::npos) {
    const std::string_view name = address.substr(egg + 4);
    return name.substr(0, name.find_first_of("&[ ;"));
  }
  address = address.substr(0, address.find_first_of("?# ;"));
  const std::string_view file = address.substr(address.find_last_of('/') + 1);
  const bool archive = file.ends_with(".whl") || file.ends_with(".tar.gz") || file.ends_with(".zip");
  return archive ? file.substr(0, file.find('-')) : std::string_view();
}

/// Options of a line stand behind its requirement: `name==1 --hash=…`.
std::string_view without_options(std::string_view line) {
  return trimmed(line.substr(0, line.find(" --")));
}

class Reader {
 public:
  explicit Reader(fs::path root) : root_(std::move(root)) {}

  void read(const fs::path& path, const std::string& asked_by) {
    if (seen_.size() >= kMostFiles || !seen_.insert(path.lexically_normal().string()).second) return;
    const std::string name = shown(path);
    TextFile file = read_text_file(path.string());
    if (!file.bytes) {
      result_.more = true;
      result_.problems.push_back(fmt::format("{}cannot read {}: {}", asked_by, name, file.reason));
      return;
    }
    read_lines(decode_text(std::move(*file.bytes)), path, name);
  }

  RequirementsFile take() { return std::move(result_); }

 private:
  std::string shown(const fs::path& path) const {
    const std::string inner = path.lexically_normal().lexically_relative(root_).string();
    return printable(inner.empty() || inner.starts_with("..") ? path.string() : inner);
  }

  void read_lines(std::string_view text, const fs::path& path, const std::string& name) {
    std::string line;
    int number = 0;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      std::string_view piece = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      if (piece.ends_with('\r')) piece.remove_suffix(1);
      const bool goes_on = piece.ends_with('\\') && !text.empty();
      if (goes_on) piece.remove_suffix(1);
      line += piece;
      if (goes_on) continue;
      read_line(trimmed(without_comment(line)), path, fmt::format("{}:{}: ", name, number));
      line.clear();
    }
  }

  void read_line(std::string_view line, const fs::path& path, const std::string& place) {
    if (line.empty()) return;
    if (const auto other = option_value(line, {"--requirement", "-r"})) {
      return read(path.parent_path() / std::string(*other), place);
    }
    const auto editable = option_value(line, {"--editable", "-e"});
    if (line[0] == '-' && !editable) return;  // -c, --index-url, --hash and the like install nothing
    if (editable) line = *editable;
    if (auto requirement = editable ? std::nullopt : parse_requirement(without_options(line))) {
      result_.named.push_back(std::move(*requirement));
    } else if (auto named = parse_requirement(name_in_address(line))) {
      named->text = line;
      result_.named.push_back(std::move(*named));
    } else {
      result_.more = true;
    }
  }

  const fs::path root_;
  std::set<std::string> seen_;
  RequirementsFile result_;
};

}  // namespace

RequirementsFile read_requirements(const std::string& root, const std::string& file) {
  Reader reader(root);
  reader.read(fs::path(root) / file, "");
  return reader.take();
}

}  // namespace localfn::packages
