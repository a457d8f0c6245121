#include "runtime/routing/way.h"

#include <algorithm>

#include "runtime/patterns/query.h"
#include "runtime/routing/request_path.h"
#include "runtime/rules/query_edit.h"

namespace localfn {
namespace {

/// More than any table needs; a rule that doubles the path with each turn ends here, too.
constexpr std::size_t kMaxMoves = 256;
constexpr std::size_t kMaxBytes = 64 * 1024;

/// A path that starts with two slashes would be another host's in a Location.
void leave_one_slash(std::string& path) {
  const std::size_t slashes = std::min(path.find_first_not_of('/'), path.size());
  if (slashes > 1) path.erase(0, slashes - 1);
  if (slashes == 0) path.insert(0, "/");
}

void append_pair(std::string& query, std::string_view pair) {
  if (!query.empty() && query.back() != '&') query += '&';
  query += pair;
}

}  // namespace

void Way::start_at(std::string_view path) { original_ = path_ = path; }

bool Way::move_to(std::string path, std::string_view query) {
  leave_one_slash(path);
  path_storage_ = std::move(path);
  path_ = path_storage_;
  moved_ = true;
  add_query(query);
  return ++moves_ <= kMaxMoves && path_.size() + added_.size() <= kMaxBytes;
}

void Way::return_to(Position position) {
  path_storage_ = std::move(position.path);
  path_ = path_storage_;
  added_ = std::move(position.added);
  moved_ = position.moved;
  status = position.status;
  rule = position.rule;
}

void Way::return_to_original() {
  path_ = original_;
  moved_ = false;
}

void Way::add_query(std::string_view query) {
  const std::string before = added_;
  patterns::QueryReader pairs(query);
  while (const auto pair = pairs.next()) {
    const std::string key = patterns::decode_query_text(pair->key);
    if (patterns::has_query_key(request_.query, key)) continue;
    if (!patterns::has_query_key(before, key)) append_pair(added_, pair->text);
  }
}

void Way::set_header(const std::string& name, std::string value, bool keep) {
  const auto known = std::find_if(headers_.begin(), headers_.end(),
                                  [&name](const auto& header) { return header.first == name; });
  if (known == headers_.end()) {
    headers_.emplace_back(name, std::move(value));
  } else if (!keep) {
    known->second = std::move(value);
  }
}

std::optional<std::string> Way::take_header(std::string_view name) {
  const auto known = std::find_if(headers_.begin(), headers_.end(),
                                  [name](const auto& header) { return header.first == name; });
  if (known == headers_.end()) return std::nullopt;
  std::string value = std::move(known->second);
  headers_.erase(known);
  return value;
}

void Way::transform(const rules::Transform& transform, rules::HeaderEdit edit) {
  switch (transform.type()) {
    case rules::Transform::Type::RequestHeaders:
      request_headers_.push_back(std::move(edit));
      return;
    case rules::Transform::Type::ResponseHeaders:
      response_headers_.push_back(std::move(edit));
      return;
    case rules::Transform::Type::RequestQuery:
      query_edits_.emplace_back(std::move(edit), transform.key());
      return;
    case rules::Transform::Type::RequestPath:
      // Only `set` has a meaning for a path.
      if (edit.operation != rules::HeaderEdit::Operation::Set || edit.values.empty()) return;
      shown_path_ = std::move(edit.values.front());
      leave_one_slash(*shown_path_);
      return;
  }
}

std::string Way::query(const Parameters* parameters) const {
  std::string query(request_.query);
  if (!added_.empty()) append_pair(query, added_);
  if (parameters != nullptr) {
    for (const auto& [name, value] : *parameters) {
      if (patterns::has_query_key(request_.query, name) || patterns::has_query_key(added_, name)) {
        continue;
      }
      append_pair(query, encode_component(name).append("=").append(value));
    }
  }
  for (const auto& [edit, key] : query_edits_) query = rules::edit_query(query, edit, key);
  return query;
}

std::string Way::function_target(const Parameters* parameters) const {
  return target(shown_path_ ? std::string_view(*shown_path_) : original_, parameters);
}

std::string Way::app_target() const {
  return target(shown_path_ ? std::string_view(*shown_path_) : path_, nullptr);
}

std::string Way::target(std::string_view path, const Parameters* parameters) const {
  std::string text(path);
  if (added_.empty() && query_edits_.empty() && parameters == nullptr) {
    if (request_.has_query) text.append("?").append(request_.query);
    return text;
  }
  const std::string query = this->query(parameters);
  // A query that transforms have emptied leaves no "?"; one that was sent empty keeps it.
  const bool sent_empty = request_.has_query && request_.query.empty();
  if (sent_empty || !query.empty()) text.append("?").append(query);
  return text;
}

void Way::fill(Route& route) {
  route.headers = std::move(headers_);
  route.request_headers = std::move(request_headers_);
  route.response_headers = std::move(response_headers_);
  if (rule == nullptr) return;
  route.rule = rule->name;
  route.place = rule->place;
}

}  // namespace localfn
