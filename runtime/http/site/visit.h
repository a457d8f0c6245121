// One request on its way: what every step needs, and the record that the last one hands in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/functions/accounting.h"
#include "runtime/http/front.h"
#include "runtime/http/pages/page.h"
#include "runtime/http/site/answer_rules.h"
#include "runtime/project/project.h"
#include "runtime/routing/route.h"

namespace localfn::http {

/// Lives on the connection's thread for the length of one request.
struct Visit {
  Exchange& exchange;
  const Request& request;
  std::shared_ptr<const Project> project;
  const Route* route = nullptr;  ///< null while, or because, nothing has been routed
  AnswerRules rules = {};        ///< of the route
  Record record = {};
  std::vector<std::string> explanation = {};

  std::string_view accept() const { return request.header("accept"); }

  void respond(Page page) {
    record.status = page.status;
    rules.finish(page.headers);
    exchange.respond(page.status, page.headers, page.body);
  }
};

}  // namespace localfn::http
