// A destination cut into the parts of a URL, each as written. Pure; used while compiling.
#pragma once

#include <string>
#include <string_view>

namespace localfn::patterns {

struct DestinationParts {
  std::string
      scheme;  ///< "https://", in lower case; empty for a path: then the next three are empty too
  std::string user;  ///< "user:password@"
  std::string hostname;
  std::string port;  ///< ":8080"
  std::string path;
  std::string query;     ///< without `?`
  std::string fragment;  ///< with `#`
};

DestinationParts split_destination(std::string_view text);

}  // namespace localfn::patterns
