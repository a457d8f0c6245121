#include "runtime/http/pages/listing.h"

#include <fmt/format.h>

#include <map>

#include "runtime/base/ascii.h"
#include "runtime/http/pages/content_types.h"
#include "runtime/http/pages/html.h"
#include "runtime/http/pages/platform_headers.h"
#include "runtime/routing/listing.h"

namespace localfn::http {
namespace {

std::string row(const std::string& target, std::string_view kind, std::string_view label) {
  return fmt::format("<li><a href=\"{0}\" title=\"{1}\" class=\"{2}\">{1}</a></li>\n",
                     url_path(target), escape_html(label), escape_html(kind));
}

std::string rows(const Project& project, std::string_view directory) {
  std::string html;
  if (directory.size() > 1) {
    const std::size_t slash = directory.rfind('/', directory.size() - 2);
    html += row(std::string(directory.substr(0, slash + 1)), "folder ", "../");
  }
  for (const ListingEntry& entry : list_directory(project, directory)) {
    std::string_view dotted = file_extension(entry.name);
    if (!dotted.empty()) dotted.remove_prefix(1);
    html += row(entry.path, entry.folder ? "folder " : fmt::format("file {}", dotted), entry.name);
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

std::string_view why_listed(ProjectMode mode) {
  if (mode == ProjectMode::Builds) {
    return "<code>builds</code> of <code>vercel.json</code> names no <code>index.html</code> of this "
           "folder, so what it names is listed. Name one there to show a page instead.";
  }
  return "There is no <code>index.html</code> here, so the files are listed. "
         "Put one in this folder to show a page instead.";
}

}  // namespace

Page listing_page(const Project& project, std::string_view directory, std::string_view id,
                  const wire::Headers& route_headers) {
  const std::string title = fmt::format("Files within {}", directory);
  const std::string items = rows(project, directory);
  std::string body = fmt::format("<main>\n<h1>{}</h1>\n", escape_html(title));
  if (!items.empty()) body += fmt::format("<ul class=\"files\">\n{}</ul>\n", items);
  if (directory == "/") body += functions_section(project);
  body += fmt::format("<p class=\"note\">{}</p>\n</main>\n", why_listed(project.mode));

  Page page{200, platform_headers(id, route_headers), html_document(title, body)};
  std::erase_if(page.headers, [](const auto& h) { return equal_ignoring_case(h.first, "content-type"); });
  page.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  return page;
}

}  // namespace localfn::http
