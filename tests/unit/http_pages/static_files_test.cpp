#include "runtime/http/pages/static_files.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "fake_exchange.h"
#include "runtime/http/pages/range.h"
#include "temp_folder.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::http;
using localfn::test::FakeExchange;
using localfn::test::TempFolder;

namespace {

using Kind = StaticAnswer::Kind;

struct Site {
  TempFolder folder;
  StaticFiles files;

  StaticAnswer serve(FakeExchange& client, const std::string& file, int status = 200,
                     const wire::Headers& route_headers = {}) {
    return files.serve(client, folder.path(), file, status, "dev1::id", route_headers);
  }
};

}  // namespace

TEST_CASE("a static file is sent with the platform's headers in order", "[pages][static]") {
  Site site;
  site.folder.write("public/a.txt", "hi\n");
  FakeExchange client;
  CHECK(site.serve(client, "public/a.txt", 200, {{"x-route", "1"}}).kind == Kind::Sent);
  CHECK(client.status == 200);
  CHECK(client.body == "hi\n");
  CHECK(client.headers == wire::Headers{{"cache-control", "public, max-age=0, must-revalidate"},
                                        {"x-route", "1"},
                                        {"server", "Vercel"},
                                        {"x-vercel-id", "dev1::id"},
                                        {"x-vercel-cache", "MISS"},
                                        {"Content-Length", "3"},
                                        {"Content-Disposition", "inline; filename=\"a.txt\""},
                                        {"Accept-Ranges", "bytes"},
                                        // sha1(".txt-hi\n")
                                        {"ETag", "\"d263af8ab880c0b97eb6c5c125b5d44f9e5addd9\""},
                                        {"Content-Type", "text/plain; charset=utf-8"}});
}

TEST_CASE("any method gets the file, HEAD its head only", "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "hello");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    FakeExchange client(method);
    CHECK(site.serve(client, "a.txt").status == 200);
    CHECK(client.body == "hello");
  }
  FakeExchange head("HEAD");
  CHECK(site.serve(head, "a.txt").status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == "5");
}

TEST_CASE("vercel.json decides Cache-Control and type of a file, but not its length",
          "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "x");
  FakeExchange client;
  site.serve(client, "a.txt", 200,
             {{"content-type", "text/html"}, {"cache-control", "max-age=9"},
              {"content-type", "application/json"}, {"content-length", "7"}});
  CHECK(client.header("cache-control") == "max-age=9");
  CHECK(client.header("content-type") == "application/json");
  CHECK(client.header("content-length") == "1");
  CHECK(client.headers.size() == 9);
}

TEST_CASE("a file of gigabytes is tagged without being read", "[pages][static]") {
  Site site;
  const auto path = site.folder.path() / "huge.bin";
  site.folder.write("huge.bin", "x");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);  // sparse; hashing takes ten minutes
  FakeExchange end("GET", {{"range", "bytes=-3"}});
  CHECK(site.serve(end, "huge.bin").status == 206);
  CHECK(end.body == std::string(3, '\0'));
  CHECK(end.header("content-range") == "bytes 1099511627773-1099511627775/1099511627776");

  FakeExchange again("HEAD");
  site.serve(again, "huge.bin");
  CHECK(again.header("etag") == end.header("etag"));
  FakeExchange known("GET", {{"if-none-match", *end.header("etag")}});
  CHECK(site.serve(known, "huge.bin").status == 304);

  std::filesystem::resize_file(path, (std::uintmax_t{1} << 40) - 1);
  FakeExchange changed("HEAD");
  site.serve(changed, "huge.bin");
  CHECK(changed.header("etag") != end.header("etag"));
}

TEST_CASE("a file that the client has is answered 304 without its headers", "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "x");
  FakeExchange first;
  site.serve(first, "a.txt");
  const std::string tag = *first.header("etag");

  FakeExchange again("GET", {{"if-none-match", tag}});
  CHECK(site.serve(again, "a.txt").status == 304);
  CHECK(again.body.empty());
  CHECK(again.header_names() ==
        std::vector<std::string>{"cache-control", "server", "x-vercel-id", "x-vercel-cache"});

  for (const std::string& other : {std::string("*"), "W/" + tag, tag + ", \"x\"", std::string()}) {
    FakeExchange client("GET", {{"If-None-Match", other}});
    CHECK(site.serve(client, "a.txt").status == 200);
  }
}

TEST_CASE("the tag depends on bytes and extension and follows every edit", "[pages][static]") {
  Site site;
  const auto tag_of = [&site](const std::string& file) {
    FakeExchange client;
    site.serve(client, file);
    return client.header("etag").value_or("");
  };
  site.folder.write("a.txt", "one");
  const std::string one = tag_of("a.txt");
  // Same name, size and (within the clock's tick) time: only the bytes tell.
  site.folder.write("a.txt", "two");
  const std::string two = tag_of("a.txt");
  CHECK(one != two);
  std::filesystem::create_hard_link(site.folder.path() / "a.txt", site.folder.path() / "a.md");
  CHECK(tag_of("a.md") != two);
  site.folder.write("a.txt", "one");
  CHECK(tag_of("a.txt") == one);
}

TEST_CASE("a range is sent as 206 with its place", "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "0123456789");
  struct Case {
    const char *range, *body, *place;
  };
  const Case cases[] = {{"bytes=0-1,3-4", "01", "bytes 0-1/10"},
                        {"bytes=-3", "789", "bytes 7-9/10"},
                        {"bytes=5-", "56789", "bytes 5-9/10"},
                        {"bytes=8-99", "89", "bytes 8-9/10"}};
  for (const Case& row : cases) {
    FakeExchange client("GET", {{"Range", row.range}, {"If-Range", "\"other\""}});
    CHECK(site.serve(client, "a.txt").status == 206);
    CHECK(client.body == row.body);
    CHECK(client.header("content-range") == row.place);
    CHECK(client.header("content-length") == std::to_string(client.body.size()));
  }
  FakeExchange head("HEAD", {{"Range", "bytes=0-3"}});
  CHECK(site.serve(head, "a.txt").status == 206);
  CHECK(head.header("content-length") == "4");
}

TEST_CASE("a range that cannot be served is 416 with the whole body", "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "0123456789");
  for (const char* range :
       {"bytes=10-", "bytes=x-y", "lines=0-1", "bytes", "bytes=-0", "bytes=3-2"}) {
    FakeExchange client("GET", {{"range", range}});
    CHECK(site.serve(client, "a.txt").status == 416);
    CHECK(client.body == "0123456789");
    CHECK(client.header("content-range") == "bytes */10");
    CHECK(client.header("content-length") == "10");
  }
}

TEST_CASE("an empty file ignores ranges", "[pages][static]") {
  Site site;
  site.folder.write("empty", "");
  FakeExchange client("GET", {{"range", "bytes=0-"}});
  CHECK(site.serve(client, "empty").status == 200);
  CHECK(client.header("content-length") == "0");
  CHECK(client.header("content-type") == "application/octet-stream");
}

TEST_CASE("404.html keeps its status whatever the client asks for", "[pages][static]") {
  Site site;
  site.folder.write("404.html", "<p>lost");
  FakeExchange first;
  site.serve(first, "404.html", 404);
  FakeExchange client("GET", {{"range", "bytes=0-1"}, {"if-none-match", *first.header("etag")}});
  CHECK(site.serve(client, "404.html", 404).status == 404);
  CHECK(client.status == 404);
  CHECK(client.body == "<p>lost");
}

TEST_CASE("a file larger than a piece arrives whole", "[pages][static]") {
  Site site;
  std::string bytes(300'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
  site.folder.write("big.bin", bytes);
  FakeExchange client;
  site.serve(client, "big.bin");
  CHECK(client.body == bytes);
}

TEST_CASE("no file name breaks out of its header", "[pages][static]") {
  Site site;
  site.folder.write("a\"b\\c.txt", "x");
  site.folder.write("a\r\nX-Evil: 1.txt", "x");
  site.folder.write("caf\xc3\xa9.txt", "x");
  const auto disposition = [&site](const std::string& file) {
    FakeExchange client;
    CHECK(site.serve(client, file).kind == Kind::Sent);
    return client.header("content-disposition").value_or("");
  };
  CHECK(disposition("a\"b\\c.txt") == "inline; filename=\"a\\\"b\\\\c.txt\"");
  CHECK(disposition("a\r\nX-Evil: 1.txt").find_first_of("\r\n") == std::string::npos);
  CHECK(disposition("caf\xc3\xa9.txt") ==
        "inline; filename=\"caf??.txt\"; filename*=UTF-8''caf%C3%A9.txt");
}

TEST_CASE("a file that has vanished is left to the 404 page", "[pages][static]") {
  Site site;
  FakeExchange client;
  const StaticAnswer answer = site.serve(client, "gone.txt");
  CHECK(answer.kind == Kind::NotFound);
  CHECK(answer.status == 404);
  CHECK_THAT(answer.problem, ContainsSubstring("cannot open gone.txt: "));
  CHECK(client.answers == 0);
}

TEST_CASE("a file replaced under many readers always arrives whole, with its own tag",
          "[pages][static]") {
  Site site;
  const std::string old_bytes(70'000, 'a');
  const std::string new_bytes(140'000, 'b');
  const auto replace = [&site](const std::string& bytes) {
    site.folder.write("next", bytes);
    std::filesystem::rename(site.folder.path() / "next", site.folder.path() / "a.txt");
  };
  const auto tag_of = [&](const std::string& bytes) {
    replace(bytes);
    FakeExchange client;
    site.serve(client, "a.txt");
    return client.header("etag");
  };
  const auto new_tag = tag_of(new_bytes);
  const auto old_tag = tag_of(old_bytes);

  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        FakeExchange client;
        site.serve(client, "a.txt");
        const bool is_old = client.body == old_bytes && client.header("etag") == old_tag;
        const bool is_new = client.body == new_bytes && client.header("etag") == new_tag;
        if (!is_old && !is_new) ++wrong;
      }
    });
  }
  for (int i = 0; i < 100; ++i) replace(i % 2 == 0 ? new_bytes : old_bytes);
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("a client that leaves is told apart from a file that was sent", "[pages][static]") {
  Site site;
  site.folder.write("a.txt", "x");
  FakeExchange client;
  client.client_is_there = false;
  CHECK(site.serve(client, "a.txt").kind == Kind::ClientGone);
}

TEST_CASE("range numbers too large for any file neither overflow nor match", "[pages][range]") {
  CHECK_FALSE(parse_range("bytes=99999999999999999999999-", 10));
  const auto clipped = parse_range("bytes=2-99999999999999999999999", 10);
  REQUIRE(clipped);
  CHECK(clipped->first == 2);
  CHECK(clipped->last == 9);
  const auto suffix = parse_range("bytes=-99999999999999999999999", 10);
  REQUIRE(suffix);
  CHECK(suffix->first == 0);
  CHECK(suffix->length() == 10);
  CHECK(parse_range("bytes=20-, 1-2", 10)->first == 1);
  CHECK_FALSE(parse_range("bytes=0-0", 0));
}
