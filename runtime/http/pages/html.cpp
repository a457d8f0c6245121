#include "runtime/http/pages/html.h"

#include <fmt/format.h>

namespace localfn::http {
namespace {

// System fonts, colours for light and dark, one column: readable on a beamer and on a phone.
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5b626b; --paper: #f6f7f9; --card: #fff;
  --line: #dde1e6; --alarm: #b3261e; --wash: #fdf1f0; --wash-code: #eceef1; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #9aa3ad; --paper: #131518;
  --card: #1c1f23; --line: #343a41; --alarm: #ff8a80; --wash: #2a1c1c; --wash-code: #2b3036; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 3rem 1.25rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 48rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.75rem; font-weight: 400; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 1.15rem; line-height: 1.4; overflow-wrap: anywhere; }
h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; }
a { color: var(--link); }
code, pre, .where { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; font-size: .9em; }
pre { margin: .5rem 0 0; padding: .75rem 1rem; overflow-x: auto; background: var(--paper);
  border: 1px solid var(--line); border-radius: .4rem; font-size: .875rem; line-height: 1.5;
  tab-size: 4; }
pre code { font-size: inherit; }
li code, p code { padding: .1em .3em; border-radius: .25rem; background: var(--wash-code);
  overflow-wrap: anywhere; }
ul { margin: .25rem 0 0; padding-left: 1.25rem; }
li { margin: .3rem 0; }
summary { margin-top: 1.25rem; cursor: pointer; font-weight: 600; }
.title { margin: .35rem 0 0; font-size: 1.1rem; color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 0 1.75rem; margin: .75rem 0 0; padding: 0;
  list-style: none; color: var(--soft); }
.facts code { padding: 0; background: none; color: var(--ink); overflow-wrap: anywhere; }
.details { margin-top: 2rem; padding: 1.25rem 1.5rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-left: .3rem solid var(--alarm); border-radius: .5rem; }
.details h2 { color: var(--alarm); }
.details .source { background: var(--wash); border-color: var(--alarm); }
.where { margin: .5rem 0 0; color: var(--soft); }
.note { margin: 1.5rem 0 0; font-size: .875rem; color: var(--soft); }
section h2 + ul { margin-top: .5rem; }
#api { margin-top: 2rem; }
.files { margin-top: 1.25rem; padding: 0; list-style: none; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.files li { margin: 0; }
.files li + li { border-top: 1px solid var(--line); }
.files a { display: block; padding: .5rem 1rem; text-decoration: none; overflow-wrap: anywhere; }
.files a:hover, .files a:focus { text-decoration: underline; background: var(--paper); }
.files .folder { font-weight: 600; }
small { margin-left: .5rem; color: var(--soft); }
)css";

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool stands_in_a_path(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view replacement = entity(c);
    if (replacement.empty()) {
      out += c;
    } else {
      out += replacement;
    }
  }
  return out;
}

std::string sentence_html(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) return out + escape_html(text);
    out += escape_html(text.substr(0, open));
    out += "<code>" + escape_html(text.substr(open + 1, close - open - 1)) + "</code>";
    text.remove_prefix(close + 1);
  }
}

std::string as_sentence(std::string_view text) {
  std::string out(text);
  if (out.empty()) return out;
  if (out.front() >= 'a' && out.front() <= 'z') out.front() = static_cast<char>(out.front() - 32);
  if (std::string_view(".!?:").find(out.back()) == std::string_view::npos) out += '.';
  return out;
}

std::string html_document(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      escape_html(title), kStyle, body);
}

std::string url_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (stands_in_a_path(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace localfn::http
