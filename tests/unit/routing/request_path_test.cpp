#include "runtime/routing/request_path.h"

#include "tests/support/catch.h"

using namespace localfn;

TEST_CASE("decoding leaves what would change the shape of a path") {
  std::string storage;
  CHECK(decoded("a%20b", storage) == "a b");
  CHECK(decoded("%68ello", storage) == "hello");
  CHECK(decoded("a%2Fb%2fc", storage) == "a%2Fb%2fc");
  CHECK(decoded("a%00b", storage) == "a%00b");
  CHECK(decoded("%", storage) == "%");
  CHECK(decoded("%4", storage) == "%4");
  CHECK(decoded("%zz%41", storage) == "%zzA");
  CHECK(decoded("%C3%A9", storage) == "\xC3\xA9");
  CHECK(decoded("%2541", storage) == "%41");  // once, not twice
}

TEST_CASE("slashes are made single and backslashes turned") {
  std::string storage;
  CHECK(with_single_slashes("//a///b/") == "/a/b/");
  CHECK(without_backslashes("/a\\b", storage) == "/a/b");
  CHECK(without_backslashes("/a/b", storage) == "/a/b");
}

TEST_CASE("names of parameters are encoded as the platform does") {
  CHECK(encode_component("[id]") == "%5Bid%5D");
  CHECK(encode_component("...rest") == "...rest");
  CHECK(encode_component("a b\xC3\xA9") == "a%20b%C3%A9");
}

TEST_CASE("dot segments are found in any place") {
  CHECK(has_dot_segment("api/./hello"));
  CHECK(has_dot_segment("api/x/../hello"));
  CHECK(has_dot_segment(".."));
  CHECK(has_dot_segment("api/."));
  CHECK_FALSE(has_dot_segment("api/.hidden/..x/x."));
}
