// A small answer that localfn makes itself and holds in memory: an error, a redirect, a listing.
//
// Pages are plain values made by pure functions; whoever owns the Exchange sends them with
// `exchange.respond(page.status, page.headers, page.body)`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/wire.h"

namespace localfn::http {

struct Page {
  int status = 200;
  wire::Headers headers;
  std::string body;
};

/// What the developer is told on the HTML form of an error, below what a visitor of the deployed
/// project would see. Sentences may hold `code` in backticks; everything is escaped on the page.
struct PageDetails {
  std::string headline;             ///< "ValueError: boom"
  std::string seen;                 ///< a sentence under it; may be empty
  std::string function;             ///< "api/boom.py"; may be empty
  std::string where;                ///< "api/boom.py:7"; may be empty
  std::string source;               ///< that line; may be empty
  std::string traceback;            ///< several lines, shown as they are; may be empty
  std::vector<std::string> advice;  ///< what Vercel does, what to do

  bool empty() const { return headline.empty() && traceback.empty() && advice.empty(); }
};

}  // namespace localfn::http
