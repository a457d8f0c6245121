#include "runtime/patterns/query.h"

#include <algorithm>

#include "runtime/patterns/percent.h"

namespace localfn::patterns {
namespace {

/// Whether the key as it stands in a query is `decoded`; without a copy where nothing is escaped.
bool is_key(std::string_view raw, std::string_view decoded) {
  if (raw.find_first_of("%+") == std::string_view::npos) return raw == decoded;
  return decode_query_text(raw) == decoded;
}

}  // namespace

std::optional<QueryPair> QueryReader::next() {
  while (!rest_.empty()) {
    const auto end = std::min(rest_.find('&'), rest_.size());
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (text.empty()) continue;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
      return QueryPair{text, text, text.substr(text.size()), false};
    return QueryPair{text, text.substr(0, equals), text.substr(equals + 1), true};
  }
  return std::nullopt;
}

std::string decode_query_text(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

bool has_query_key(std::string_view query, std::string_view key) {
  QueryReader pairs(query);
  while (const auto pair = pairs.next()) {
    if (is_key(pair->key, key)) return true;
  }
  return false;
}

std::string merge_query(std::string_view first, std::string_view second) {
  std::string merged(first);
  QueryReader added(second);
  while (const auto pair = added.next()) {
    if (has_query_key(first, decode_query_text(pair->key))) continue;
    if (!merged.empty() && merged.back() != '&') merged += '&';
    merged += pair->text;
  }
  return merged;
}

}  // namespace localfn::patterns
