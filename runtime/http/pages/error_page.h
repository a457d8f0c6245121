// Bodies that are negotiated by Accept: errors and redirects, as text, JSON or HTML.
//
// Text and JSON are the platform's to the byte and carry no details. The HTML page says what the
// platform's says, and below it, when details are given, what the developer needs. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/http/front.h"
#include "runtime/http/pages/page.h"

namespace localfn::http {

enum class BodyForm { Text, Json, Html };

/// `accept` contains "json": JSON; else contains "html": HTML; else text.
BodyForm negotiate(std::string_view accept);

/// The platform's sentence for a status: "The page could not be found."
std::string_view error_title(int status);
/// The code of a status when nothing more exact is known: "NOT_FOUND".
std::string_view default_code(int status);

struct ErrorRequest {
  int status = 404;
  std::string code;         ///< empty: default_code(status)
  std::string_view accept;  ///< value of Accept; empty when there is none
  std::string_view id;      ///< x-vercel-id
};

/// `details` may be null: then the page is what a visitor of the deployed project sees.
Page error_page(const ErrorRequest& request, const wire::Headers& route_headers = {},
                const PageDetails* details = nullptr);

Page redirect_page(int status, const std::string& location, std::string_view accept,
                   std::string_view id);

/// For a request that was refused before it was routed.
Page refusal_page(const Refusal& refusal, std::string_view id);

/// A problem of configuration: 500, the bare message, none of the platform's headers.
Page bare_failure_page(std::string message);

}  // namespace localfn::http
