// What a path reaches in the tables of a Project, rules of vercel.json apart.
//
// Used by the router for the request's own path and for every path that a rule leads to. Borrows
// the Project; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/project/project.h"
#include "runtime/routing/dynamic_route.h"
#include "runtime/routing/tracer.h"

namespace localfn {

class Tables {
 public:
  explicit Tables(const Project& project);

  /// What is served at `path` (as sent, percent-encoded, starts with '/'); null when nothing is.
  /// The decoded path first; then the path as sent, for files whose very name has an escape in it.
  const Served* find(std::string_view path);

  struct Dynamic {
    const DynamicRoute* route;
    Parameters parameters;  ///< views into the path and the route
  };
  std::optional<Dynamic> find_dynamic(std::string_view path, const Tracer& tracer);

  /// Below api/, once there is a function, nothing is served but functions and public/.
  bool is_closed(std::string_view path);

  /// "404.html" for whatever is not below api/; null when there is none.
  const std::string* not_found_page(std::string_view path);

  /// The served directory with slashes at both ends, when it can be listed.
  std::optional<std::string> directory(std::string_view path);

  /// The .py file that a path below api/ would reach if it were a function.
  const NotAFunction* almost_function(std::string_view path);

 private:
  std::string_view decode(std::string_view path);
  const Served* look_up(std::string_view path) const;
  const Served* look_up_clean(std::string_view path) const;

  const Project& project_;
  bool zero_config_;  ///< mode Functions: the platform's own routes for api/ are there
  bool clean_urls_ = false;
  bool trailing_slash_ = false;
  std::string storage_;
};

}  // namespace localfn
