#include "runtime/project/csv.h"

namespace localfn {

std::optional<CsvRow> CsvReader::next() {
  while (at_ < text_.size()) {
    CsvRow row = read_row();
    if (row.fields.size() > 1 || !row.fields.front().empty()) return row;
  }
  return std::nullopt;
}

CsvRow CsvReader::read_row() {
  CsvRow row{{}, at_};
  row.fields.emplace_back();
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == ',') {
      row.fields.emplace_back();
    } else if (c == '"' && row.fields.back().empty()) {
      row.fields.back() = quoted_field();
    } else if (c == '\n') {
      break;
    } else if (c == '\r' && (at_ == text_.size() || text_[at_] == '\n')) {
      continue;
    } else {
      row.fields.back() += c;
    }
  }
  return row;
}

/// The text up to the closing quote; two quotes stand for one.
std::string CsvReader::quoted_field() {
  std::string field;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c != '"') {
      field += c;
    } else if (at_ < text_.size() && text_[at_] == '"') {
      field += text_[at_++];
    } else {
      return field;
    }
  }
  unclosed_ = true;
  return field;
}

}  // namespace localfn
