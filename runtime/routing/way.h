// One request on its way through the rules: where it is now and what has been collected.
//
// Paths here are percent-encoded as the client or the author of a rule wrote them and start with
// exactly one slash. Borrows the request; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/routing/dynamic_route.h"
#include "runtime/routing/route.h"
#include "runtime/rules/compiled_rule.h"

namespace localfn {

class Way {
 public:
  explicit Way(const RouteRequest& request) : request_(request) {}

  /// The client's path, after the rules on slashes: what a function sees.
  void start_at(std::string_view path);  ///< a view that outlives this
  std::string_view original() const { return original_; }

  /// The path that rules and tables are asked about.
  std::string_view path() const { return path_; }
  bool has_moved() const { return moved_; }
  /// False when the request has been moved too often or too far: a loop.
  [[nodiscard]] bool move_to(std::string path, std::string_view query);

  /// Where the request is, to come back to.
  struct Position {
    std::string path, added;
    bool moved;
    int status;
    const rules::CompiledRule* rule;
  };
  Position position() const { return {std::string(path_), added_, moved_, status, rule}; }
  void return_to(Position position);
  /// Back to the client's own path; parameters stay.
  void return_to_original();

  /// Later wins, unless `keep`: then the header that is there already does.
  void set_header(const std::string& name, std::string value, bool keep);
  /// Keys that neither the client nor an earlier rule has given.
  void add_query(std::string_view query);
  /// The header, taken away; nothing when there is none.
  std::optional<std::string> take_header(std::string_view name);
  void transform(const rules::Transform& transform, rules::HeaderEdit edit);

  /// The client's query as it came, then what rules have added.
  std::string query() const { return query(nullptr); }
  /// With `?` when there is a query, or an empty one was sent; parameters that neither the client
  /// nor a rule has given are added.
  std::string function_target(const Parameters* parameters = nullptr) const;
  std::string app_target() const;

  void fill(Route& route);

  int status = 0;  ///< not 0: a rule has set it
  const rules::CompiledRule* rule = nullptr;  ///< the last one that led the way

 private:
  std::string query(const Parameters* parameters) const;
  std::string target(std::string_view path, const Parameters* parameters) const;

  const RouteRequest& request_;
  std::string_view original_;
  std::string_view path_;
  std::string path_storage_;
  std::string added_;
  bool moved_ = false;
  std::size_t moves_ = 0;
  std::optional<std::string> shown_path_;  ///< of a transform request.path
  std::vector<std::pair<rules::HeaderEdit, std::string_view>> query_edits_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::vector<rules::HeaderEdit> request_headers_;
  std::vector<rules::HeaderEdit> response_headers_;
};

}  // namespace localfn
