#include "tests/integration/probes.h"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace localfn::test {

namespace {

using nlohmann::json;

std::string from_base64(const std::string& text) {
  static const std::string kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    if (letter == '=') break;
    const auto value = kLetters.find(letter);
    if (value == std::string::npos) throw std::runtime_error("no base64: " + text);
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFF);
  }
  return bytes;
}

std::vector<std::string> strings(const json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

Probe read_probe(const json& object) {
  Probe probe;
  for (const auto& [key, value] : object.items()) {
    if (key == "path")
      probe.path = value;
    else if (key == "method")
      probe.method = value;
    else if (key == "body")
      probe.body = value;
    else if (key == "bodyBase64")
      probe.body = from_base64(value);
    else if (key == "status")
      probe.status = value;
    else if (key == "mustContain")
      probe.must_contain = strings(value);
    else if (key == "mustNotContain")
      probe.must_not_contain = strings(value);
    else if (key == "bodyMustBe")
      probe.body_must_be = value.get<std::string>();
    else if (key == "bodyBase64MustBe")
      probe.body_must_be = from_base64(value);
    else if (key == "headers") {
      for (const auto& [name, text] : value.items()) probe.headers.emplace_back(name, text);
    } else if (key == "responseHeaders") {
      for (const auto& [name, text] : value.items()) {
        probe.response_headers.emplace_back(
            name, text.is_null() ? std::nullopt : std::optional<std::string>(text));
      }
    } else {
      throw std::runtime_error("unknown key of a probe: " + key);
    }
  }
  if (probe.path.empty()) throw std::runtime_error("a probe without a path: " + object.dump());
  return probe;
}

}  // namespace

ProbeFile read_probes(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  ProbeFile result;
  const json whole = json::parse(in);
  for (const auto& [key, value] : whole.items()) {
    if (key == "options")
      result.options = strings(value);
    else if (key == "leftovers")
      result.leftovers = strings(value);
    else if (key == "expectLog")
      result.expected_logs = strings(value);
    else if (key != "probes")
      throw std::runtime_error("unknown key in " + file.string() + ": " + key);
  }
  for (const json& probe : whole.at("probes")) result.probes.push_back(read_probe(probe));
  if (result.probes.empty()) throw std::runtime_error("no probes in " + file.string());
  return result;
}

std::vector<std::string> compare(const Probe& probe, const Answer& answer) {
  std::vector<std::string> problems;
  if (answer.status != probe.status) {
    problems.push_back("status " + std::to_string(answer.status) + ", expected " +
                       std::to_string(probe.status));
  }
  for (const std::string& text : probe.must_contain) {
    if (answer.body.find(text) == std::string::npos) problems.push_back("lacks \"" + text + "\"");
  }
  for (const std::string& text : probe.must_not_contain) {
    if (answer.body.find(text) != std::string::npos) problems.push_back("has \"" + text + "\"");
  }
  if (probe.body_must_be && answer.body != *probe.body_must_be) {
    problems.push_back("the body is not \"" + *probe.body_must_be + "\"");
  }
  for (const auto& [name, value] : probe.response_headers) {
    const auto values = answer.all(name);
    if (values.empty() != !value.has_value() || (value && values.front() != *value)) {
      problems.push_back("header " + name + " is " + (values.empty() ? "absent" : values.front()) +
                         ", expected " + value.value_or("none"));
    }
  }
  return problems;
}

}  // namespace localfn::test
