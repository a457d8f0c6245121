#include "runtime/http/pages/listing.h"

#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::http;

namespace {

Project project_with(std::initializer_list<const char*> served) {
  Project project;
  for (const char* path : served) project.static_files.emplace(path, path);
  return project;
}

std::size_t position(const Page& page, const std::string& text) {
  INFO(text);
  const std::size_t at = page.body.find(text);
  CHECK(at != std::string::npos);
  return at;
}

}  // namespace

TEST_CASE("a listing names folders and files in one order, as links", "[pages][listing]") {
  const Project project =
      project_with({"B.txt", "a.md", "docs-old/x", "docs/b/c.txt", "docs/a.txt"});
  const Page page = listing_page(project, "/", "ID");
  CHECK(page.status == 200);
  CHECK(page.headers.back() == wire::Header{"Content-Type", "text/html; charset=utf-8"});
  position(page, "<title>Files within /</title>");
  const std::size_t docs =
      position(page, "<a href=\"/docs/\" title=\"docs/\" class=\"folder \">docs/</a>");
  const std::size_t first =
      position(page, "<a href=\"/a.md\" title=\"a.md\" class=\"file md\">a.md</a>");
  const std::size_t second = position(page, "href=\"/B.txt\"");
  CHECK(first < second);
  CHECK(second < docs);
  CHECK(page.body.find("c.txt") == std::string::npos);
  CHECK(page.body.find("docs/</a>", docs + 80) == std::string::npos);
}

TEST_CASE("a listing has the order of the platform's table", "[pages][listing]") {
  Project project = project_with({"b.txt", "A.txt", "d/one.txt", "_x.txt"});
  const auto hello =
      std::make_shared<Function>(Function{"api/hello.py", "api/hello", "handler", 1, {}, {}});
  project.functions.emplace(hello->path, hello);
  const Page page = listing_page(project, "/", "ID");
  const std::size_t api = position(page, ">api/</a>"), x = position(page, ">_x.txt</a>"),
                    a = position(page, ">A.txt</a>"), b = position(page, ">b.txt</a>"),
                    d = position(page, ">d/</a>");
  CHECK((api < x && x < a && a < b && b < d));
}

TEST_CASE("a folder's listing holds its own files and the way up", "[pages][listing]") {
  const Project project = project_with({"docs/b/c.txt", "docs/a.txt", "docs.txt", "docsx/y"});
  const Page page = listing_page(project, "/docs/", "ID");
  position(page, "<a href=\"/\" title=\"../\"");
  position(page, "href=\"/docs/b/\"");
  position(page, "href=\"/docs/a.txt\"");
  CHECK(page.body.find("docsx") == std::string::npos);
  position(listing_page(project, "/docs/b/", "ID"), "<a href=\"/docs/\" title=\"../\"");
}

TEST_CASE("no name in a listing is markup", "[pages][listing]") {
  const Project project =
      project_with({"<img src=x onerror=alert(1)>.txt", "a\"b&c'd", "100%?#.txt"});
  const Page page = listing_page(project, "/", "ID");
  CHECK(page.body.find("<img") == std::string::npos);
  position(page, "&lt;img src=x onerror=alert(1)&gt;.txt");
  position(page, "href=\"/a%22b%26c%27d\"");
  position(page, "href=\"/100%25%3F%23.txt\"");
  CHECK(listing_page(project, "/<script>/", "ID").body.find("<script>") == std::string::npos);
}

TEST_CASE("configuration files are left out of a listing", "[pages][listing]") {
  const Project project =
      project_with({"vercel.json", "sub/vercel.json", "sub/.vercelignore", "sub/x"});
  CHECK(listing_page(project, "/", "ID").body.find("vercel.json") == std::string::npos);
  CHECK(listing_page(project, "/sub/", "ID").body.find("vercel") == std::string::npos);
}

TEST_CASE("the root's listing names the functions and links those without parameters",
          "[pages][listing]") {
  Project project = project_with({"a.txt"});
  const auto hello =
      std::make_shared<Function>(Function{"api/hello.py", "api/hello", "handler", 1, {}, {}});
  const auto user =
      std::make_shared<Function>(Function{"api/users/[id].py", "api/users/[id]", "app", 1, {}, {}});
  project.functions.emplace(hello->path, hello);
  project.functions.emplace(user->path, user);
  project.dynamic_routes.push_back({user, {}});
  const Page page = listing_page(project, "/", "ID");
  position(page, "<a href=\"/api/hello\">/api/hello</a> <small>api/hello.py</small>");
  position(page, "<code>/api/users/[id]</code>");
  CHECK(page.body.find("href=\"/api/users") == std::string::npos);
  CHECK(listing_page(project, "/x/", "ID").body.find("api/hello") == std::string::npos);
}

TEST_CASE("a listing under `builds` does not deny an index.html that is not named", "[pages][listing]") {
  Project project = project_with({"a.txt"});
  position(listing_page(project, "/", "ID"), "There is no <code>index.html</code> here");
  project.mode = ProjectMode::Builds;
  const Page page = listing_page(project, "/", "ID");
  position(page, "<code>builds</code> of <code>vercel.json</code> names no <code>index.html</code>");
  CHECK(page.body.find("There is no") == std::string::npos);
}
