#include "runtime/rules/header_edit.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/rules/key_matcher.h"

namespace localfn::rules {
namespace {

using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;

bool is_for(const HeaderEdit& edit, const Header& header) {
  const std::string name = lower_case(header.first);
  return edit.matcher ? edit.matcher->matches(name) : name == edit.name;
}

void set(const HeaderEdit& edit, Headers& headers) {
  // Where the first header of a name stood, the new ones stand.
  Headers result;
  std::vector<std::string> done;
  const auto write = [&](const std::string& name) {
    for (const std::string& value : edit.values) result.emplace_back(name, value);
    done.push_back(lower_case(name));
  };
  for (Header& header : headers) {
    if (!is_for(edit, header)) {
      result.push_back(std::move(header));
    } else if (std::find(done.begin(), done.end(), lower_case(header.first)) == done.end()) {
      write(header.first);
    }
  }
  if (done.empty() && !edit.matcher) write(edit.name);
  headers = std::move(result);
}

void append(const HeaderEdit& edit, Headers& headers) {
  bool found = false;
  for (Header& header : headers) {
    // Of several lines of one name the first grows; set-cookie cannot be joined with a comma.
    if ((found && !edit.matcher) || !is_for(edit, header)) continue;
    if (lower_case(header.first) == "set-cookie") continue;
    for (const std::string& value : edit.values) {
      header.second.append(header.second.empty() ? "" : ", ").append(value);
    }
    found = true;
  }
  if (found || edit.matcher) return;
  for (const std::string& value : edit.values) {
    const bool join = edit.name != "set-cookie" && &value != &edit.values.front();
    if (join) {
      headers.back().second.append(", ").append(value);
    } else {
      headers.emplace_back(edit.name, value);
    }
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The comma-separated `list` without the values of the edit.
std::string without_values(std::string_view list, const HeaderEdit& edit) {
  std::string kept;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = trimmed(list.substr(0, comma));
    const bool gone = std::find(edit.values.begin(), edit.values.end(), item) != edit.values.end();
    if (!gone && !item.empty()) kept.append(kept.empty() ? "" : ", ").append(item);
    if (comma == list.size()) return kept;
    list.remove_prefix(comma + 1);
  }
}

/// Whether nothing is left of the header.
bool delete_from(const HeaderEdit& edit, Header& header) {
  if (!is_for(edit, header)) return false;
  if (edit.values.empty()) return true;
  const auto whole = std::find(edit.values.begin(), edit.values.end(), header.second);
  if (whole != edit.values.end()) return true;
  if (lower_case(header.first) == "set-cookie") return false;
  std::string kept = without_values(header.second, edit);
  if (kept.empty()) return true;
  header.second = std::move(kept);
  return false;
}

}  // namespace

void apply(const std::vector<HeaderEdit>& edits, Headers& headers) {
  for (const HeaderEdit& edit : edits) {
    switch (edit.operation) {
      case HeaderEdit::Operation::Set: set(edit, headers); break;
      case HeaderEdit::Operation::Append: append(edit, headers); break;
      case HeaderEdit::Operation::Delete:
        headers.erase(std::remove_if(headers.begin(), headers.end(),
                                     [&edit](Header& header) { return delete_from(edit, header); }),
                      headers.end());
        break;
    }
  }
}

}  // namespace localfn::rules
