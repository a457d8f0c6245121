// Query strings, byte for byte: reading keys and merging, without rewriting what anybody sent.
//
// The client's bytes are never decoded, re-encoded or reordered on their way to the function; only
// keys are compared in their decoded form, since `%69d` and `id` are one key to every reader.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace localfn::patterns {

/// One `key=value` of a query, as it stands there.
struct QueryPair {
  std::string_view text;  ///< all of it
  std::string_view key;
  std::string_view value;  ///< behind the first `=`
  bool has_equals = false;
};

/// Walks over the pairs of a query; empty ones (`a&&b`) are passed over.
class QueryReader {
 public:
  explicit QueryReader(std::string_view query) : rest_(query) {}
  std::optional<QueryPair> next();

 private:
  std::string_view rest_;
};

/// `%41` → `A`, `+` → space; an escape that is none stays as it is. No text is an error.
std::string decode_query_text(std::string_view text);

/// Whether `key`, already decoded, is one of the keys of `query`.
bool has_query_key(std::string_view query, std::string_view key);

/// `first` as it is, then each pair of `second` whose key is not in `first`, as it is.
/// merge_query(client, added) for functions and rewrites: the client's keys win.
/// merge_query(of the destination, client) for redirects: the destination's own query stays.
std::string merge_query(std::string_view first, std::string_view second);

}  // namespace localfn::patterns
