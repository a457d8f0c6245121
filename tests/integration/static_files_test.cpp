// Static files beside functions, over HTTP.
#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/integration_test.h"

using namespace localfn::test;

TEST_CASE_METHOD(IntegrationTest, "files of public/ are served at the root with their types",
                 "[integration][static]") {
  project.write("public/index.html", "<h1>home</h1>");
  project.write("public/css/site.css", "body{}");
  project.write("public/data.json", "{}");
  project.write("public/sub/index.html", "sub");
  project.write("public/a b.txt", "spaced");
  project.write("other.txt", "not public");
  project.write("api/hello.py", handler_answering("hello"));
  start();
  CHECK(get("/").body == "<h1>home</h1>");
  CHECK(get("/").header("Content-Type") == "text/html; charset=utf-8");
  CHECK(get("/index.html").status == 200);
  CHECK(get("/css/site.css").header("Content-Type") == "text/css; charset=utf-8");
  CHECK(get("/data.json").header("Content-Type") == "application/json; charset=utf-8");
  CHECK(get("/sub").body == "sub");
  CHECK(get("/sub/").body == "sub");
  CHECK(get("/a%20b.txt").body == "spaced");
  CHECK(get("/public/index.html").status == 404);
  CHECK(get("/other.txt").status == 404);
  CHECK(get("/about").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "a static answer carries the platform's headers and an ETag",
                 "[integration][static]") {
  project.write("public/t.txt", "hi\n");
  start();
  const Answer answer = get("/t.txt");
  CHECK(answer.header("ETag") == "\"d263af8ab880c0b97eb6c5c125b5d44f9e5addd9\"");
  CHECK(answer.header("Accept-Ranges") == "bytes");
  CHECK(answer.header("Content-Length") == "3");
  CHECK(answer.header("Content-Disposition") == "inline; filename=\"t.txt\"");
  CHECK(answer.header("server") == "Vercel");
  CHECK_FALSE(answer.has("Last-Modified"));

  const Answer unchanged = get("/t.txt", {{"If-None-Match", answer.header("ETag")}});
  CHECK(unchanged.status == 304);
  CHECK(unchanged.body.empty());
  CHECK(get("/t.txt", {{"If-None-Match", "W/" + answer.header("ETag")}}).status == 200);
  const Answer head = send("HEAD", "/t.txt");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == "3");
  CHECK(send("POST", "/t.txt", {}, "x").status == 200);
}

TEST_CASE_METHOD(IntegrationTest, "ranges of a static file are served", "[integration][static]") {
  project.write("public/t.txt", "0123456789");
  start();
  const auto range = [&](const std::string& value) { return get("/t.txt", {{"Range", value}}); };
  CHECK(range("bytes=2-4").status == 206);
  CHECK(range("bytes=2-4").body == "234");
  CHECK(range("bytes=2-4").header("Content-Range") == "bytes 2-4/10");
  CHECK(range("bytes=-3").body == "789");
  CHECK(range("bytes=7-").body == "789");
  CHECK(range("bytes=0-1,3-4").body == "01");
  const Answer beyond = range("bytes=20-");
  CHECK(beyond.status == 416);
  CHECK(beyond.header("Content-Range") == "bytes */10");
  CHECK(beyond.body == "0123456789");
}

TEST_CASE_METHOD(IntegrationTest, "an edited, new or deleted static file is seen at once",
                 "[integration][static]") {
  project.write("public/t.txt", "one");
  start();
  const std::string tag = get("/t.txt").header("ETag");
  project.write("public/t.txt", "two");
  const Answer changed = get("/t.txt", {{"If-None-Match", tag}});
  CHECK(changed.status == 200);
  CHECK(changed.body == "two");
  project.write("public/new.txt", "new");
  CHECK(get("/new.txt").body == "new");
  project.remove("public/new.txt");
  CHECK(get("/new.txt").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "what must stay private is never served",
                 "[integration][static]") {
  project.write("api/hello.py", handler_answering("hello"));
  project.write("api/data.json", "{}");
  for (const char* file : {".env", ".env.local", "vercel.json", "package.json", ".git/config",
                           "node_modules/a.js", ".venv/a.txt", "__pycache__/a.pyc"}) {
    project.write(file, std::string(file) == "vercel.json" ? "{}" : "SECRET=1\n");
  }
  project.write("readable.txt", "readable");
  start();
  CHECK(get("/readable.txt").body == "readable");
  for (const char* path : {"/.env", "/.env.local", "/vercel.json", "/package.json", "/.git/config",
                           "/node_modules/a.js", "/.venv/a.txt", "/__pycache__/a.pyc",
                           "/api/data.json", "/api/hello.py/", "/../readable.txt",
                           "/%2e%2e/readable.txt", "/x/../readable.txt", "/..%2freadable.txt"}) {
    INFO(path);
    CHECK(get(path).status == 404);
  }
}

TEST_CASE_METHOD(IntegrationTest,
                 "a link that leaves the project is refused, one inside is followed",
                 "[integration][static]") {
  TempProject outside;
  outside.write("secret.txt", "secret");
  project.write("public/real.txt", "real");
  project.link("public/inside.txt", "real.txt");
  project.link("public/outside.txt", outside.root() / "secret.txt");
  project.link("public/folder", outside.root());
  start();
  CHECK(get("/inside.txt").body == "real");
  CHECK(get("/outside.txt").status == 404);
  CHECK(get("/folder/secret.txt").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "404.html answers for unknown paths outside api/",
                 "[integration][static]") {
  project.write("public/404.html", "<h1>lost</h1>");
  project.write("api/hello.py", handler_answering("hello"));
  start();
  const Answer lost = get("/nowhere");
  CHECK(lost.status == 404);
  CHECK(lost.body == "<h1>lost</h1>");
  CHECK_THAT(get("/api/nowhere").body, ContainsSubstring("NOT_FOUND"));
}

TEST_CASE_METHOD(IntegrationTest, "a folder without an index is listed", "[integration][static]") {
  project.write("public/docs/one.txt", "1");
  project.write("public/docs/<two>.txt", "2");
  start();
  const Answer listing = get("/docs");
  CHECK(listing.status == 200);
  CHECK_THAT(listing.body, ContainsSubstring("one.txt"));
  CHECK_THAT(listing.body, !ContainsSubstring("<two>"));
  CHECK(get("/docs/").status == 200);
  CHECK(get("/none/").status == 404);
}

TEST_CASE_METHOD(IntegrationTest, "a large file arrives whole and in part",
                 "[integration][static]") {
  std::string bytes;
  for (int value = 0; value < 5'000'000; ++value) bytes += static_cast<char>(value * 7 % 251);
  project.write("public/large.bin", bytes);
  start();
  CHECK((get("/large.bin").body == bytes));
  // Doubled parentheses: a failure need not print megabytes.
  const Answer part = get("/large.bin", {{"Range", "bytes=4000000-4999998"}});
  CHECK((part.body == bytes.substr(4'000'000, 999'999)));
}

TEST_CASE_METHOD(IntegrationTest, "a file of two gigabytes is sent whole in constant memory",
                 "[integration][static]") {
  constexpr std::uint64_t kSize = (std::uint64_t{2} << 30) + 7;
  project.write("public/huge.bin", "");
  const auto path = project.root() / "public/huge.bin";
  std::filesystem::resize_file(path, kSize - 3);  // sparse: it takes no room on the disk
  std::ofstream(path, std::ios::binary | std::ios::app) << "end";
  start();
  CHECK(get("/huge.bin", {{"Range", "bytes=0-0"}}).status == 206);
  const std::size_t before = peak_memory_kib(server().pid());
  Connection client = connect();
  client.send(make_request("GET", "/huge.bin"));
  const std::string head = client.read_to("\r\n\r\n");
  CHECK_THAT(head, ContainsSubstring("Content-Length: " + std::to_string(kSize) + "\r\n"));
  std::string tail(3, '\0');
  CHECK(client.discard_all(tail) == kSize);
  CHECK(tail == "end");
  CHECK(before > 0);
  CHECK(peak_memory_kib(server().pid()) < before + 16 * 1024);
}
