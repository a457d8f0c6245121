// `transforms`: changes to the path, query and headers of a request and to an answer's headers.
#include "runtime/rules/header_edit.h"
#include "tests/unit/routing/routing_fixture.h"

using namespace localfn;
using namespace localfn::testing;
using Type = rules::TransformSpec::Type;
using Operation = rules::TransformSpec::Operation;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

patterns::ConditionOperators starting(std::string text) {
  patterns::ConditionOperators operators;
  operators.pre = std::move(text);
  return operators;
}
patterns::ConditionOperators ending(std::string text) {
  patterns::ConditionOperators operators;
  operators.suf = std::move(text);
  return operators;
}

}  // namespace

TEST_CASE("request.path replaces the path that the function sees") {
  TestProject folder{"api/hello.py"};
  const auto project = with_rules(
      folder.current(),
      spec_of({with_transform(legacy("/a/(.*)", "/api/hello"),
                              transform(Type::RequestPath, Operation::Set, "", {"/p/$1"})),
               with_transform(rewrite("/b/:id", "/api/hello?keep=1"),
                              transform(Type::RequestPath, Operation::Set, "", {"/q/:id"}))}));
  CHECK(ask(*project, "/a/x?y=1") == "function api/hello.py /p/x?y=1");
  CHECK(ask(*project, "/b/7") == "function api/hello.py /q/7?keep=1&id=7");
}

TEST_CASE("request.query sets, adds and removes keys, whatever their case") {
  TestProject folder{"api/hello.py", "api/u/[id].py"};
  const auto project = with_rules(
      folder.current(),
      spec_of({with_transform(legacy("/set/(.*)", "/api/hello"),
                              transform(Type::RequestQuery, Operation::Set, "K", {"$1"})),
               with_transform(legacy("/add", "/api/hello"),
                              transform(Type::RequestQuery, Operation::Append, "k", {"2", "3"})),
               with_transform(legacy("/del", "/api/hello"),
                              transform(Type::RequestQuery, Operation::Delete,
                                        starting("UTM_"))),
               with_transform(legacy("/one", "/api/hello"),
                              transform(Type::RequestQuery, Operation::Delete, "k", {"b"}))}));
  check_rows(*project, {
      {"/set/v", "function api/hello.py /set/v?K=v"},
      {"/set/v?a=%zz&k=1&k=2", "function api/hello.py /set/v?a=%zz&k=v"},
      {"/add?k=1&b", "function api/hello.py /add?k=1&b&k=2&k=3"},
      {"/del?utm_a=1&x=2&Utm_b", "function api/hello.py /del?x=2"},
      {"/del?utm_a=1", "function api/hello.py /del?"},
      {"/one?k=a&k=b", "function api/hello.py /one?k=a"},
  });
}

TEST_CASE("transforms of headers become edits with this request's values") {
  TestProject folder{"api/hello.py"};
  folder.write(".env", "TOKEN=secret\n");
  const auto project = with_rules(
      folder.current(),
      spec_of({with_transform(
          with_transform(
              with_transform(legacy("/a/(?<name>.*)", "/api/hello"),
                             transform(Type::RequestHeaders, Operation::Set, "X-Name",
                                       {"$name-$1-$none-${TOKEN}"}, {"TOKEN"})),
              transform(Type::RequestHeaders, Operation::Append, "x-list", {"$TOKEN"})),
          transform(Type::ResponseHeaders, Operation::Delete,
                    ending("-by")))}));
  const Route found = ask_route(*project, "/a/ann");
  Headers request{{"x-name", "old"}, {"x-list", "one"}};
  rules::apply(found.request_headers, request);
  CHECK(show(request) == "x-name: ann-ann-$none-secret | x-list: one, $TOKEN");
  Headers response{{"X-Powered-By", "me"}, {"content-type", "text/plain"}};
  rules::apply(found.response_headers, response);
  CHECK(show(response) == "content-type: text/plain");
}
