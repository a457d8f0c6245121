// A request's whole way: route it, call the function or serve the file, account for it.
//
// serve() runs on the connection's thread and reads like the way itself; the parts it calls are in
// routing/ (pure), functions/ (instances) and http/pages/ (what localfn answers itself).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/functions/accounting.h"
#include "runtime/functions/pool.h"
#include "runtime/http/front.h"
#include "runtime/project/workspace.h"

namespace localfn::http {

struct SiteOptions {
  bool strict = false;  ///< 500 for a buffered answer over 4.5 MB, where dev would warn
  bool route_header = true;  ///< answers name the rule that decided, in x-localfn-route
};

/// Takes the account of one request and the lines that explain it. Any thread.
using Account = std::function<void(const Record&, const std::vector<std::string>& explanation)>;

class SiteState;

/// Something to be told to the project's author.
struct Notice {
  enum class Kind { Problem, Warning, Mended };
  Kind kind = Kind::Problem;
  std::string text;  ///< whole lines, without the last newline
};

class Site {
 public:
  Site(SiteOptions options, Workspace& workspace, Pool& pool, Account account);
  ~Site();

  /// Answers one request. Connection threads.
  void serve(Exchange& exchange);

  /// The answer to a request that the front refused before it could be routed. Connection threads.
  std::pair<wire::Headers, std::string> refuse(const Refusal& refusal);

  /// Readable when a request has seen an edit before the main loop did; take_notices() clears it.
  int attention_fd() const;

  /// What has become wrong, right or worth a warning in the project since the last call. Main loop
  /// only.
  std::vector<Notice> take_notices(const Project& project);

 private:
  std::unique_ptr<SiteState> state_;
};

}  // namespace localfn::http
