#include "runtime/http/pages/content_types.h"

#include "temp_folder.h"
#include "tests/support/catch.h"

using localfn::http::ContentTypes;
using localfn::http::file_extension;

namespace {
std::string type_of(const std::string& name, const ContentTypes& types = ContentTypes("/nowhere")) {
  return types.of(name).value_or("(none)");
}
}  // namespace

TEST_CASE("the types the platform names are said as the platform says them", "[pages][types]") {
  const std::pair<const char*, const char*> rows[] = {
      {"a.html", "text/html; charset=utf-8"},
      {"a.htm", "text/html; charset=utf-8"},
      {"a.js", "application/javascript; charset=utf-8"},
      {"a.mjs", "application/javascript; charset=utf-8"},
      {"a.css", "text/css; charset=utf-8"},
      {"a.csv", "text/csv; charset=utf-8"},
      {"a.txt", "text/plain; charset=utf-8"},
      {"a.md", "text/markdown; charset=utf-8"},
      {"a.yaml", "text/yaml; charset=utf-8"},
      {"a.json", "application/json; charset=utf-8"},
      {"a.js.map", "application/json; charset=utf-8"},
      {"a.webmanifest", "application/manifest+json; charset=utf-8"},
      {"a.xml", "application/xml"},
      {"a.svg", "image/svg+xml"},
      {"a.ico", "image/vnd.microsoft.icon"},
      {"a.wasm", "application/wasm"},
      {"a.pdf", "application/pdf"},
      {"a.zip", "application/zip"},
      {"a.tar.gz", "application/gzip"},
      {"a.woff2", "font/woff2"},
      {"a.ttf", "font/ttf"},
      {"a.mp4", "video/mp4"},
      {"a.webp", "image/webp"},
      {"a.rss", "application/rss+xml"},
      {"a.jsonld", "application/ld+json"},
      {"a.sh", "application/x-sh"},
      {"a.ts", "video/mp2t"},
  };
  for (const auto& [name, type] : rows) CHECK(type_of(name) == type);
}

TEST_CASE("unknown extensions and none at all are octet-stream", "[pages][types]") {
  for (const char* name :
       {"a.py", "a.toml", "a.tsx", "a.cjs", "a.avif", "a.nosuchthing", "LICENSE", "a.", "a.PY"}) {
    CHECK(type_of(name) == "application/octet-stream");
  }
}

TEST_CASE("extensions compare without case", "[pages][types]") {
  CHECK(type_of("A.HTML") == "text/html; charset=utf-8");
  CHECK(type_of("photo.JpG") == "image/jpeg");
}

TEST_CASE("a dotfile has a type only when the part after its dot is known", "[pages][types]") {
  CHECK(type_of(".dotfile") == "(none)");
  CHECK(type_of(".dot") == "application/msword");
  CHECK(type_of(".py") == "application/octet-stream");
  CHECK(type_of(".hidden.html") == "text/html; charset=utf-8");
  CHECK(type_of(".hidden.xyz123") == "application/octet-stream");
}

TEST_CASE("the system's table fills in what is rarer and never overrules ours", "[pages][types]") {
  const localfn::test::TempFolder folder;
  folder.write("mime.types",
               "# comment\nchemical/x-pdb\tpdb ent # tail\ntext/x-rare RaRe\ntext/x-python py\n"
               "broken line\napplication/x-nothing\n");
  const ContentTypes types((folder.path() / "mime.types").string());
  CHECK(type_of("a.ENT", types) == "chemical/x-pdb");
  CHECK(type_of("a.rare", types) == "text/x-rare; charset=utf-8");
  CHECK(type_of("a.py", types) == "application/octet-stream");
  CHECK(type_of("a.line", types) == "application/octet-stream");
}

TEST_CASE("an extension begins at the last dot that is not the first byte", "[pages][types]") {
  CHECK(file_extension("a.tar.gz") == ".gz");
  CHECK(file_extension(".env") == "");
  CHECK(file_extension(".env.local") == ".local");
  CHECK(file_extension("LICENSE") == "");
  CHECK(file_extension("a.") == ".");
}
