#include "runtime/http/pages/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "runtime/base/ascii.h"
#include "runtime/http/pages/content_types.h"
#include "runtime/http/pages/html.h"
#include "runtime/http/pages/platform_headers.h"

namespace localfn::http {
namespace {

/// Left out of listings at any depth; most of them are not served either.
constexpr std::array<std::string_view, 5> kHidden = {"vercel.json", "now.json", "vercel.toml",
                                                     ".vercelignore", ".nowignore"};

struct Children {
  std::vector<std::string> folders;
  std::vector<std::string> files;
};

bool less_without_case(const std::string& a, const std::string& b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto smaller = [&](char x, char y) { return lower(x) < lower(y); };
  if (std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), smaller)) return true;
  if (std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end(), smaller)) return false;
  return a < b;
}

/// What lies directly in `prefix` ("" or "docs/"), sorted.
Children children_of(const Project& project, const std::string& prefix) {
  Children found;
  auto at = project.static_files.lower_bound(prefix);
  for (; at != project.static_files.end() && at->first.starts_with(prefix); ++at) {
    const std::string_view rest = std::string_view(at->first).substr(prefix.size());
    const std::string name(rest.substr(0, rest.find('/')));
    if (name.empty()) continue;
    if (name.size() == rest.size()) {
      const bool hidden = std::find(kHidden.begin(), kHidden.end(), name) != kHidden.end();
      if (!hidden) found.files.push_back(name);
    } else if (found.folders.empty() || found.folders.back() != name) {
      // Everything below one folder stands together in the map.
      found.folders.push_back(name);
    }
  }
  std::sort(found.folders.begin(), found.folders.end(), less_without_case);
  std::sort(found.files.begin(), found.files.end(), less_without_case);
  return found;
}

std::string row(const std::string& target, std::string_view kind, std::string_view label) {
  return fmt::format("<li><a href=\"{0}\" title=\"{1}\" class=\"{2}\">{1}</a></li>\n",
                     url_path(target), escape_html(label), escape_html(kind));
}

std::string rows(const Children& children, const std::string& prefix) {
  std::string html;
  if (!prefix.empty()) {
    const std::size_t slash = prefix.rfind('/', prefix.size() - 2);
    const std::string parent = slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
    html += row("/" + parent, "folder ", "../");
  }
  for (const std::string& name : children.folders) {
    html += row("/" + prefix + name + "/", "folder ", name + "/");
  }
  for (const std::string& name : children.files) {
    const std::string_view dotted = file_extension(name);
    html += row("/" + prefix + name,
                fmt::format("file {}", dotted.empty() ? dotted : dotted.substr(1)), name);
  }
  return html;
}

/// Functions by their path; one with a dynamic segment cannot be a link.
std::string functions_section(const Project& project) {
  std::map<std::string, std::shared_ptr<const Function>> all;
  for (const auto& [path, function] : project.functions) all.emplace(path, function);
  for (const DynamicRoute& route : project.dynamic_routes) {
    if (route.function) all.emplace(route.function->path, route.function);
  }
  if (all.empty()) return {};
  std::string html = "<section id=\"api\"><h2>Functions in <code>api/</code></h2>\n<ul>\n";
  for (const auto& [path, function] : all) {
    const std::string shown = escape_html("/" + path);
    const std::string name = path.find('[') == std::string::npos
                                 ? fmt::format("<a href=\"{}\">{}</a>", url_path("/" + path), shown)
                                 : fmt::format("<code>{}</code>", shown);
    html += fmt::format("<li>{} <small>{}</small></li>\n", name, escape_html(function->file));
  }
  return html + "</ul></section>\n";
}

}  // namespace

Page listing_page(const Project& project, std::string_view directory, std::string_view id,
                  const wire::Headers& route_headers) {
  const std::string prefix(directory.empty() ? directory : directory.substr(1));
  const std::string title = fmt::format("Files within {}", directory);
  const std::string items = rows(children_of(project, prefix), prefix);
  std::string body = fmt::format("<main>\n<h1>{}</h1>\n", escape_html(title));
  if (!items.empty()) body += fmt::format("<ul class=\"files\">\n{}</ul>\n", items);
  if (prefix.empty()) body += functions_section(project);
  body +=
      "<p class=\"note\">There is no <code>index.html</code> here, so the files are listed. "
      "Put one in this folder to show a page instead.</p>\n</main>\n";

  Page page{200, platform_headers(id, route_headers), html_document(title, body)};
  std::erase_if(page.headers, [](const auto& h) { return equal_ignoring_case(h.first, "content-type"); });
  page.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  return page;
}

}  // namespace localfn::http
