// docs/probes.schema.json, which editors read, and the reader accept and refuse the same.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "runtime/probes/reading.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::probes;
using nlohmann::json;

namespace {

/// As much of JSON Schema as the schema of probes uses; an unknown keyword fails the test.
class Validator {
 public:
  explicit Validator(const json& root) : root_(root) {}

  bool accepts(const json& value) const { return accepts(root_, value); }

 private:
  bool accepts(const json& schema, const json& value) const {
    bool good = true;
    for (const auto& [keyword, wanted] : schema.items()) {
      good = follows(schema, keyword, wanted, value) && good;
    }
    return good;
  }

  std::size_t accepted(const json& alternatives, const json& value) const {
    return static_cast<std::size_t>(
        std::count_if(alternatives.begin(), alternatives.end(),
                      [&](const json& each) { return accepts(each, value); }));
  }

  static bool is(const json& type, const json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  bool members(const json& schema, const json& value) const {
    const json none = json::object();
    const json& known = schema.contains("properties") ? schema["properties"] : none;
    const json other = schema.value("additionalProperties", json(true));
    bool good = true;
    for (const auto& [key, member] : value.items()) {
      if (known.contains(key)) {
        good = accepts(known[key], member) && good;
      } else if (other.is_boolean()) {
        good = other.get<bool>() && good;
      } else {
        good = accepts(other, member) && good;
      }
    }
    return good;
  }

  bool follows(const json& schema, const std::string& keyword, const json& wanted,
               const json& value) const {
    static const std::set<std::string> for_people = {"$schema", "title", "description", "default",
                                                     "definitions"};
    if (for_people.contains(keyword)) return true;
    if (keyword == "$ref") {
      return accepts(root_.at(json::json_pointer(wanted.get<std::string>().substr(1))), value);
    }
    if (keyword == "type") return is(wanted, value);
    if (keyword == "oneOf") return accepted(wanted, value) == 1;
    if (keyword == "anyOf") return accepted(wanted, value) > 0;
    if (keyword == "required") {
      return !value.is_object() || std::all_of(wanted.begin(), wanted.end(), [&](const json& key) {
        return value.contains(key.get<std::string>());
      });
    }
    if (keyword == "properties" || keyword == "additionalProperties") {
      return !value.is_object() || members(schema, value);
    }
    if (keyword == "items") {
      return !value.is_array() || std::all_of(value.begin(), value.end(), [&](const json& item) {
        return accepts(wanted, item);
      });
    }
    if (keyword == "minimum") return !value.is_number() || value >= wanted;
    if (keyword == "maximum") return !value.is_number() || value <= wanted;
    if (keyword == "minLength") {
      return !value.is_string() || value.get<std::string>().size() >= wanted.get<std::size_t>();
    }
    if (keyword == "pattern") {
      return !value.is_string() ||
             std::regex_search(value.get<std::string>(), std::regex(wanted.get<std::string>()));
    }
    FAIL("the schema has a keyword that this test does not know: " << keyword);
    return false;
  }

  const json& root_;
};

json schema() {
  std::ifstream file(LOCALFN_PROBES_SCHEMA);
  REQUIRE(file);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

TEST_CASE("the schema for editors has exactly the keys that the reader knows") {
  std::set<std::string> in_schema;
  const json properties = schema()["definitions"]["probe"]["properties"];
  for (const auto& [key, value] : properties.items()) in_schema.insert(key);
  std::set<std::string> in_reader;
  for (const auto key : probe_keys()) in_reader.insert(std::string(key));
  CHECK(in_schema == in_reader);
}

TEST_CASE("what the schema for editors accepts the reader accepts, and nothing else") {
  const std::pair<const char*, bool> rows[] = {
      {R"([])", true},
      {R"({"$schema": "../docs/probes.schema.json", "note": "x", "probes": [{"path": "/"}]})",
       true},
      {R"({"probes": 5})", false},
      {R"([5])", false},
      {R"([{}])", false},
      {R"([{"path": "x"}])", false},
      {R"([{"path": ""}])", false},
      {R"([{"path": "/", "name": ""}])", false},
      {R"([{"path": "/", "method": 1}])", false},
      {R"([{"path": "/", "metod": "GET"}])", false},
      {R"([{"path": "/", "headers": {"a": "b"}, "cookies": {"c": "d"}}])", true},
      {R"([{"path": "/", "headers": {"a": 1}}])", false},
      {R"([{"path": "/", "cookies": ["a"]}])", false},
      {R"([{"path": "/", "body": "x"}, {"path": "/", "body": [1, null]}])", true},
      {R"([{"path": "/", "status": 99}])", false},
      {R"([{"path": "/", "status": 100}, {"path": "/", "status": 999}])", true},
      {R"([{"path": "/", "status": "200"}])", false},
      {R"([{"path": "/", "mustContain": "a", "mustNotContain": ["b", "c"]}])", true},
      {R"([{"path": "/", "mustContain": [1]}])", false},
      {R"([{"path": "/", "bodyMustBe": ""}])", true},
      {R"([{"path": "/", "bodyMustBe": {}}])", false},
      {R"([{"path": "/", "json": {"a": [1]}}, {"path": "/", "json": 1}])", true},
      {R"([{"path": "/", "responseHeaders": {"a": "/x/", "b": ["c"], "d": true, "e": null}}])",
       true},
      {R"([{"path": "/", "responseHeaders": {"a": 1}}])", false},
      {R"([{"path": "/", "notResponseHeaders": {"a": "x"}}])", true},
      {R"([{"path": "/", "notResponseHeaders": "a"}])", false},
      {R"([{"path": "/", "maxMs": 0, "delay": 600000, "retries": 100}])", true},
      {R"([{"delay": 500}, {"path": "/", "retries": 1, "retryDelay": 0}])", true},
      {R"([{"delay": "500"}])", false},
      {R"([{"delay": 500, "status": 200}])", false},
      {R"([{"path": "/", "retryDelay": -1}])", false},
      {R"([{"path": "/", "maxMs": -1}])", false},
      {R"([{"path": "/", "delay": 600001}])", false},
      {R"([{"path": "/", "retries": 101}])", false},
      {R"([{"path": "/", "retries": 1.5}])", false},
      {R"([{"path": "/", "keep": {"a": "json:", "b": "json:/x", "c": "header:x", "d": "cookie:x"}}])",
       true},
      {R"([{"path": "/", "keep": {"a": "json:x"}}])", false},
      {R"([{"path": "/", "keep": {"a": "body"}}])", false},
      {R"([{"path": "/", "keep": {"a": 1}}])", false},
  };
  const json root = schema();
  const Validator validator(root);
  for (const auto& [text, good] : rows) {
    INFO(text);
    CHECK(validator.accepts(json::parse(text)) == good);
    CHECK(read_probes(SourceText("probes.json", text)).problems.empty() == good);
  }
}
