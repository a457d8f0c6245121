#include "runtime/rules/query_edit.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/patterns/percent.h"
#include "runtime/patterns/query.h"
#include "runtime/rules/key_matcher.h"

namespace localfn::rules {
namespace {

using patterns::decode_query_text;

bool is_for(const HeaderEdit& edit, const patterns::QueryPair& pair) {
  const std::string key = lower_case(decode_query_text(pair.key));
  return edit.matcher ? edit.matcher->matches(key) : key == edit.name;
}

void add(std::string& query, std::string_view pair) {
  if (!query.empty()) query += '&';
  query += pair;
}

void add(std::string& query, std::string_view key, const std::vector<std::string>& values) {
  for (const std::string& value : values) add(query, std::string(key) + "=" + value);
}

bool has_value(const HeaderEdit& edit, const patterns::QueryPair& pair) {
  const std::string value = decode_query_text(pair.value);
  return std::any_of(edit.values.begin(), edit.values.end(),
                     [&](const std::string& text) { return decode_query_text(text) == value; });
}

class Editor {
 public:
  Editor(const HeaderEdit& edit, std::string_view key) : edit_(edit), key_(key) {}

  std::string run(std::string_view query) {
    patterns::QueryReader pairs(query);
    while (const auto pair = pairs.next()) {
      if (is_for(edit_, *pair)) {
        found(*pair);
      } else {
        add(result_, pair->text);
      }
    }
    const bool adds = edit_.operation == HeaderEdit::Operation::Append ||
                      (edit_.operation == HeaderEdit::Operation::Set && written_.empty());
    if (adds && !edit_.matcher) {
      add(result_, patterns::percent_encode(key_, patterns::UrlPart::Query), edit_.values);
    }
    return std::move(result_);
  }

 private:
  void found(const patterns::QueryPair& pair) {
    switch (edit_.operation) {
      case HeaderEdit::Operation::Set: {
        // A key that occurs more than once gets the new values once.
        std::string key = lower_case(decode_query_text(pair.key));
        if (std::find(written_.begin(), written_.end(), key) != written_.end()) return;
        add(result_, pair.key, edit_.values);
        written_.push_back(std::move(key));
        return;
      }
      case HeaderEdit::Operation::Append:
        add(result_, pair.text);
        if (edit_.matcher) add(result_, pair.key, edit_.values);
        return;
      case HeaderEdit::Operation::Delete:
        if (!edit_.values.empty() && !has_value(edit_, pair)) add(result_, pair.text);
        return;
    }
  }

  const HeaderEdit& edit_;
  std::string_view key_;
  std::string result_;
  std::vector<std::string> written_;
};

}  // namespace

std::string edit_query(std::string_view query, const HeaderEdit& edit, std::string_view key) {
  return Editor(edit, key).run(query);
}

}  // namespace localfn::rules
