// Where a rule leads: `/api/:path*?v=1`, `https://:host/x#top`, `/api/$1`.
//
// Compiled while the configuration is read, expanded by any thread. The query is kept apart, since
// what becomes of the client's own query is decided by who uses the destination (see query.h).
#pragma once

#include <string>
#include <string_view>

#include "runtime/patterns/template.h"

namespace localfn::patterns {

enum class DestinationKind {
  Rewrite,   ///< `rewrites`: parameters that the destination does not use go to the query
  Redirect,  ///< `redirects`: never more than what is written
  Route,     ///< `routes[].dest`: `$1` and `$name` only
};

/// An expanded destination.
struct Target {
  std::string origin;  ///< "https://host:port"; empty for a path of this project
  std::string path;
  std::string query;     ///< without `?`
  std::string fragment;  ///< with `#`; empty when there is none

  bool is_absolute() const { return !origin.empty(); }

  /// All of it. A query that is empty has no `?`.
  std::string text() const;

  /// The Location of a redirect: the destination's own query stays, the client's other keys follow.
  std::string location(std::string_view client_query) const;
};

class Destination {
 public:
  /// Throws PatternError (UnknownSegment, with the platform's words) when a rewrite or redirect
  /// names a parameter that is not in `names`. Anything else that is odd is text, as on the
  /// platform.
  static Destination compile(std::string_view text, DestinationKind kind,
                             const ParameterNames& names);

  bool is_absolute() const { return absolute_; }

  /// The path of a rewrite or route starts with `/`; that of a redirect is as written.
  Target expand(const Parameters& parameters) const;

 private:
  friend class DestinationCompiler;

  DestinationKind kind_ = DestinationKind::Rewrite;
  bool absolute_ = false;
  Template origin_;
  Template path_;
  Template query_;
  Template fragment_;
};

}  // namespace localfn::patterns
