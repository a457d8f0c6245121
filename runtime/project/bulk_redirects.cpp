#include "runtime/project/bulk_redirects.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/project/config_schema.h"
#include "runtime/project/csv.h"

namespace localfn {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kMostErrors = 20;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Line numbers of places that only move forward.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  std::size_t line_at(std::size_t offset) {
    for (; at_ < std::min(offset, text_.size()); ++at_) line_ += text_[at_] == '\n' ? 1 : 0;
    return line_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

bool is_redirect_status(std::int64_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class BulkParser {
 public:
  BulkParser(const SourceText& source, std::vector<rules::BulkRedirect>& redirects,
             std::vector<Diagnostic>& errors)
      : source_(source), lines_(source.text()), redirects_(redirects), errors_(errors) {}

  void json();
  void json_lines();
  void csv();

 private:
  void refuse(std::size_t offset, std::string message) {
    if (++refused_ > kMostErrors) return;
    errors_.push_back(source_.problem_at(offset, std::move(message)));
  }
  /// `base` is where the text that `value` was read from starts in the file.
  void add(const JsonValue& value, const schema::Place& place, std::size_t base);
  std::optional<JsonValue> from_row(const CsvRow& header, const CsvRow& row);

  const SourceText& source_;
  LineCounter lines_;
  std::vector<rules::BulkRedirect>& redirects_;
  std::vector<Diagnostic>& errors_;
  std::size_t refused_ = 0;
};

bool flag(const JsonValue& value, std::string_view key) {
  const JsonValue* const found = value.find(key);
  return found != nullptr && found->boolean;
}

void BulkParser::add(const JsonValue& value, const schema::Place& place, std::size_t base) {
  std::vector<schema::Finding> findings;
  schema::check(kBulkRedirect, value, place, findings);
  for (schema::Finding& finding : findings) refuse(base + finding.offset, std::move(finding.message));
  if (!findings.empty()) return;
  rules::BulkRedirect redirect;
  redirect.source = value.find("source")->text;
  redirect.destination = value.find("destination")->text;
  if (const JsonValue* const status = value.find("statusCode")) {
    if (!is_redirect_status(status->integer)) {
      return refuse(base + status->offset,
                    fmt::format("statusCode must be 301, 302, 303, 307 or 308, got {}",
                                describe(*status)));
    }
    redirect.status = static_cast<int>(status->integer);
  } else {
    redirect.status = flag(value, "permanent") ? 308 : 307;
  }
  redirect.case_sensitive = flag(value, "caseSensitive");
  redirect.preserve_query = flag(value, "preserveQueryParams");
  redirect.place = fmt::format("{}:{}", source_.name(), lines_.line_at(base + value.offset));
  redirects_.push_back(std::move(redirect));
}

void BulkParser::json() {
  const ParsedJson parsed = parse_json(source_);
  if (parsed.problem) return errors_.push_back(*parsed.problem);
  if (!parsed.value->is(Kind::Array)) {
    return refuse(parsed.value->offset, "must be an array of redirects, got " +
                                            describe(*parsed.value));
  }
  const schema::Place top;
  for (std::size_t i = 0; i < parsed.value->items.size(); ++i) {
    add(parsed.value->items[i], top.item(i), 0);
  }
}

void BulkParser::json_lines() {
  const std::string_view text = source_.text();
  const schema::Place top;
  const schema::Place place = top.member("redirect");
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      const SourceText alone(source_.name(), std::string(line));
      const ParsedJson parsed = parse_json(alone);
      if (parsed.problem) {
        const int column = std::max(parsed.problem->column, 1);
        refuse(start + static_cast<std::size_t>(column) - 1, parsed.problem->message);
      } else {
        add(*parsed.value, place, start);
      }
    }
    start = end + 1;
  }
}

/// The row as the object that the JSON form would have; nothing when it cannot be one.
std::optional<JsonValue> BulkParser::from_row(const CsvRow& header, const CsvRow& row) {
  JsonValue object;
  object.kind = Kind::Object;
  object.offset = row.offset;
  if (row.fields.size() > header.fields.size()) {
    refuse(row.offset, fmt::format("the row has {} fields, the first one names {}",
                                   row.fields.size(), header.fields.size()));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const std::string& text = row.fields[i];
    if (text.empty()) continue;
    JsonValue value;
    value.offset = row.offset;
    value.text = text;
    value.kind = Kind::String;
    const std::string& name = header.fields[i];
    const bool is_text = name == "source" || name == "destination";
    if (!is_text && (text == "true" || text == "false")) {
      value.kind = Kind::Boolean;
      value.boolean = text == "true";
    } else if (name == "statusCode" && text.size() == 3 &&
               text.find_first_not_of("0123456789") == std::string::npos) {
      value.kind = Kind::Integer;
      value.integer = std::stoi(text);
      value.number = static_cast<double>(value.integer);
    }
    object.members.push_back({name, row.offset, std::move(value)});
  }
  return object;
}

void BulkParser::csv() {
  CsvReader rows(source_.text());
  const auto header = rows.next();
  if (!header) return;
  const schema::Place top;
  const schema::Place place = top.member("redirect");
  while (const auto row = rows.next()) {
    if (rows.unclosed()) return refuse(row->offset, "a quoted field is not closed");
    if (const auto object = from_row(*header, *row)) add(*object, place, 0);
  }
}

}  // namespace

bool is_bulk_file(std::string_view name) {
  return ends_with(name, ".json") || ends_with(name, ".jsonl") || ends_with(name, ".csv");
}

void parse_bulk_redirects(const SourceText& source, std::vector<rules::BulkRedirect>& redirects,
                          std::vector<Diagnostic>& errors) {
  BulkParser parser(source, redirects, errors);
  if (ends_with(source.name(), ".csv")) return parser.csv();
  if (ends_with(source.name(), ".jsonl")) return parser.json_lines();
  parser.json();
}

}  // namespace localfn
