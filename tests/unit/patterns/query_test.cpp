// Queries, byte for byte.
#include "runtime/patterns/query.h"

#include <vector>

#include "tests/support/catch.h"

using namespace localfn::patterns;

namespace {

struct MergeRow {
  const char* first;
  const char* second;
  const char* merged;
};

// (client, added) in the way of functions and rewrites
constexpr MergeRow kMerges[] = {
    {"", "", ""},
    {"", "id=42", "id=42"},
    {"x=1", "", "x=1"},
    {"x=1", "id=42", "x=1&id=42"},
    {"x=1&id=9", "id=42", "x=1&id=9"},
    {"k=2", "k=1", "k=2"},
    {"x=9&k", "x=1&y=2", "x=9&k&y=2"},
    {"id", "id=42", "id"},
    {"id=", "id=42", "id="},
    {"%69d=9", "id=42", "%69d=9"},
    {"a+b=1", "a%20b=2&c=3", "a+b=1&c=3"},
    {"ID=9", "id=42", "ID=9&id=42"},
    {"a=1&a=2", "a=3&b=4", "a=1&a=2&b=4"},
    {"b=1", "a=1&a=2", "b=1&a=1&a=2"},
    {"a=b=c=d", "e=f=g", "a=b=c=d&e=f=g"},
    {"q=a+b%20c", "id=a%20b", "q=a+b%20c&id=a%20b"},
    {"%", "id=1", "%&id=1"},
    {"%zz=%", "a=%", "%zz=%&a=%"},
    {"a=1&", "b=2", "a=1&b=2"},
    {"&&", "b=2", "&&b=2"},
    {"a=1&&c", "b=2", "a=1&&c&b=2"},
    {"a[]=1", "a%5B%5D=2&a=3", "a[]=1&a=3"},
    {"a=1", "&&b=2&&", "a=1&b=2"},
    {"=1", "=2&a=3", "=1&a=3"},
    {"a=\xff", "b=\xfe", "a=\xff&b=\xfe"},
    {"...rest=q", "...rest=z", "...rest=q"},
    {"a=1#x", "b=2", "a=1#x&b=2"},
};

}  // namespace

TEST_CASE("a merged query keeps the first side's bytes and adds what is new", "[patterns][query]") {
  for (const auto& row : kMerges) {
    INFO(row.first << " + " << row.second);
    CHECK(merge_query(row.first, row.second) == row.merged);
  }
}

TEST_CASE("pairs are read as they stand", "[patterns][query]") {
  QueryReader reader("a=1&b&c=&=d&&e=f=g&");
  std::vector<std::string> seen;
  while (const auto pair = reader.next()) {
    seen.push_back(std::string(pair->key) + (pair->has_equals ? "=" : "!") +
                   std::string(pair->value));
  }
  CHECK(seen == std::vector<std::string>{"a=1", "b!", "c=", "=d", "e=f=g"});
  CHECK_FALSE(QueryReader("").next());
  CHECK_FALSE(QueryReader("&&&").next());
}

TEST_CASE("keys are compared decoded", "[patterns][query]") {
  CHECK(has_query_key("%61=1", "a"));
  CHECK(has_query_key("a+b", "a b"));
  CHECK(has_query_key("x&a%20b=2", "a b"));
  CHECK_FALSE(has_query_key("ab=1", "a"));
  CHECK_FALSE(has_query_key("", ""));
}

TEST_CASE("an escape that is none stays as it is", "[patterns][query]") {
  CHECK(decode_query_text("a%20b+c") == "a b c");
  CHECK(decode_query_text("%") == "%");
  CHECK(decode_query_text("%4") == "%4");
  CHECK(decode_query_text("%zz%41") == "%zzA");
  CHECK(decode_query_text("%25%34%31") == "%41");
  CHECK(decode_query_text("%2B") == "+");
  CHECK(decode_query_text("%C3%A9") == "\xc3\xa9");
}
