#include "runtime/http/pages/error_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/http/pages/html.h"
#include "runtime/http/pages/platform_headers.h"

namespace localfn::http {
namespace {

struct Row {
  int status;
  std::string_view title;
  std::string_view code;
};

constexpr Row kRows[] = {
    {400, "Bad request", "BAD_REQUEST"},
    {402, "Payment required", "PAYMENT_REQUIRED"},
    {403, "You don't have the required permissions", "FORBIDDEN"},
    {404, "The page could not be found.", "NOT_FOUND"},
    {405, "Method not allowed", "NOT_ALLOWED"},
    {410, "The deployment has been removed", "GONE"},
    {413, "Request Entity Too Large", "PAYLOAD_TOO_LARGE"},
    {429, "Rate limited", "RATE_LIMITED"},
    {500, "A server error has occurred", "INTERNAL_SERVER_ERROR"},
    {501, "Not implemented", "NOT_IMPLEMENTED"},
    {502, "An error occurred with this application.", "BAD_GATEWAY"},
    {503, "The deployment is currently unavailable", "SERVICE_UNAVAILABLE"},
    {504, "An error occurred with your deployment", "GATEWAY_TIMEOUT"},
    {508, "Infinite loop detected", "INFINITE_LOOP"},
};
constexpr Row kOther = {0, "Error occurred", "UNKNOWN_ERROR"};

const Row& row_of(int status) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [status](const Row& r) { return r.status == status; });
  return row == std::end(kRows) ? kOther : *row;
}

std::string_view content_type(BodyForm form) {
  switch (form) {
    case BodyForm::Text:
      return "text/plain; charset=utf-8";
    case BodyForm::Json:
      return "application/json";
    case BodyForm::Html:
      return "text/html; charset=utf-8";
  }
  return {};
}

std::string details_html(const PageDetails& details) {
  std::string html = "<section class=\"details\" aria-label=\"For the developer\">\n";
  if (!details.headline.empty()) {
    html += fmt::format("<h2>{}</h2>\n", sentence_html(details.headline));
  }
  const std::string& place = details.where.empty() ? details.function : details.where;
  if (!place.empty() && !details.headline.starts_with(place)) {
    html += fmt::format("<p class=\"where\">{}</p>\n", escape_html(place));
  }
  if (!details.seen.empty()) html += fmt::format("<p>{}</p>\n", sentence_html(details.seen));
  if (!details.source.empty()) {
    html +=
        fmt::format("<pre class=\"source\"><code>{}</code></pre>\n", escape_html(details.source));
  }
  if (!details.traceback.empty()) {
    html += fmt::format("<details open><summary>{}</summary><pre>{}</pre></details>\n",
                        details.where.empty() ? "What was seen" : "Traceback",
                        escape_html(details.traceback));
  }
  if (!details.advice.empty()) {
    html += "<h3>What to do</h3>\n<ul>\n";
    for (const std::string& line : details.advice) {
      html += fmt::format("<li>{}</li>\n", sentence_html(as_sentence(line)));
    }
    html += "</ul>\n";
  }
  return html +
         "</section>\n<p class=\"note\">The box is shown by localfn on this machine. Deployed, "
         "a visitor sees only what stands above it.</p>\n";
}

std::string error_html(const ErrorRequest& request, const std::string& code,
                       const PageDetails* details) {
  const Row& row = row_of(request.status);
  const std::string name(row.status == 0 ? std::string_view(code) : row.code);
  std::string body = fmt::format(
      "<main>\n<header>\n<h1><strong>{}</strong>: {}</h1>\n<p class=\"title\">{}</p>\n"
      "<ul class=\"facts\">\n<li>Code: <code>{}</code></li>\n<li>ID: <code>{}</code></li>\n</ul>\n",
      request.status, escape_html(name), escape_html(row.title), escape_html(code),
      escape_html(request.id));
  if (request.status == 502) {
    body += "<p>Check the logs in your terminal window to see the application error.</p>\n";
  }
  body += "</header>\n";
  if (details != nullptr && !details->empty()) body += details_html(*details);
  return html_document(fmt::format("{}: {}", request.status, name), body + "</main>\n");
}

std::string error_body(BodyForm form, const ErrorRequest& request, const std::string& code,
                       const PageDetails* details) {
  const std::string_view title = error_title(request.status);
  switch (form) {
    case BodyForm::Text:
      return fmt::format("{}\n\n{}\n", title, code);
    case BodyForm::Json:
      return fmt::format("{{\"error\":{{\"code\":{},\"message\":\"{}\"}}}}\n", request.status,
                         title);
    case BodyForm::Html:
      return error_html(request, code, details);
  }
  return {};
}

/// A location comes from vercel.json and from the client's path. It is sent as it is, except that
/// no control character gets into a header.
std::string safe_location(std::string_view location) {
  std::string safe;
  for (const char c : location) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      safe += fmt::format("%{:02X}", byte);
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string json_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;  // control characters are gone by safe_location()
  }
  return out;
}

/// Only what leads to a page becomes a link; "javascript:…" stays text.
std::string link(const std::string& location) {
  const std::string text = escape_html(location);
  const bool leads = location.starts_with('/') || location.starts_with("http://") ||
                     location.starts_with("https://");
  return leads ? fmt::format("<a href=\"{0}\">{0}</a>", text)
               : fmt::format("<code>{}</code>", text);
}

std::string redirect_body(BodyForm form, int status, const std::string& location) {
  switch (form) {
    case BodyForm::Text:
      return "Redirecting...\n";
    case BodyForm::Json:
      return fmt::format("{{\"redirect\":\"{}\",\"status\":\"{}\"}}\n", json_escape(location),
                         status);
    case BodyForm::Html:
      return html_document(fmt::format("Redirecting ({})", status),
                           fmt::format("<main>\n<h1>Redirecting ({})</h1>\n<p>{}</p>\n</main>\n",
                                       status, link(location)));
  }
  return {};
}

void set_content_type(wire::Headers& headers, BodyForm form) {
  std::erase_if(headers, [](const wire::Header& h) { return equal_ignoring_case(h.first, "content-type"); });
  headers.emplace_back("Content-Type", content_type(form));
}

}  // namespace

BodyForm negotiate(std::string_view accept) {
  if (accept.find("json") != std::string_view::npos) return BodyForm::Json;
  if (accept.find("html") != std::string_view::npos) return BodyForm::Html;
  return BodyForm::Text;
}

std::string_view error_title(int status) { return row_of(status).title; }
std::string_view default_code(int status) { return row_of(status).code; }

Page error_page(const ErrorRequest& request, const wire::Headers& route_headers,
                const PageDetails* details) {
  const BodyForm form = negotiate(request.accept);
  const std::string code =
      request.code.empty() ? std::string(default_code(request.status)) : request.code;
  Page page{request.status, platform_headers(request.id, route_headers),
            error_body(form, request, code, details)};
  set_content_type(page.headers, form);
  return page;
}

Page redirect_page(int status, const std::string& location, std::string_view accept,
                   std::string_view id) {
  const BodyForm form = negotiate(accept);
  const std::string target = safe_location(location);
  Page page{status, platform_headers(id), redirect_body(form, status, target)};
  page.headers.emplace_back("location", target);
  set_content_type(page.headers, form);
  return page;
}

Page refusal_page(const Refusal& refusal, std::string_view id) {
  PageDetails details;
  details.headline = refusal.reason;
  if (!refusal.reason.empty()) {
    details.advice.push_back("The request was refused before any rule or function saw it.");
  }
  return error_page({refusal.status, refusal.code, refusal.accept, id}, {}, &details);
}

Page bare_failure_page(std::string message) { return {500, {}, std::move(message)}; }

}  // namespace localfn::http
