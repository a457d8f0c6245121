#include "tests/unit/routing_cases/cases.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/unit/routing_cases/expectation.h"

namespace localfn::cases {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;  // the order of keys in vercel.json matters

void allow_keys(const Json& object, const std::set<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) throw std::runtime_error("unknown key \"" + key + "\"");
  }
}

Pairs pairs_of(const Json& object) {
  Pairs pairs;
  for (const auto& [key, value] : object.items()) pairs.emplace_back(key, value.get<std::string>());
  return pairs;
}

std::vector<std::string> strings_of(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

std::string usual_content(const std::string& file) {
  return file.starts_with("api/") && file.ends_with(".py") ? "handler" : file;
}

/// A list of names gives each file its usual content; an object may say another.
Pairs files_of(const Json& value) {
  Pairs files;
  if (value.is_array()) {
    for (const Json& name : value) {
      files.emplace_back(name.get<std::string>(), usual_content(name.get<std::string>()));
    }
    return files;
  }
  for (const auto& [name, content] : value.items()) {
    files.emplace_back(name, content.is_null() ? usual_content(name) : content.get<std::string>());
  }
  return files;
}

Request request_of(const Json& value) {
  Request request;
  if (value.is_array()) {
    if (value.size() != 2) throw std::runtime_error("a short request is [ask, expect]");
    parse_ask(value[0].get<std::string>(), request);
    request.expected_text = value[1].get<std::string>();
    request.expected = parse_expectation(request.expected_text);
    return request;
  }
  allow_keys(value, {"ask", "with", "expect", "headers", "absent_headers", "request_headers",
                     "absent_request_headers", "body"});
  parse_ask(value.at("ask").get<std::string>(), request);
  request.expected_text = value.at("expect").get<std::string>();
  request.expected = parse_expectation(request.expected_text);
  if (value.contains("with")) request.sent = pairs_of(value["with"]);
  if (value.contains("headers")) request.headers = pairs_of(value["headers"]);
  if (value.contains("absent_headers")) {
    request.absent_headers = strings_of(value["absent_headers"]);
  }
  if (value.contains("request_headers")) {
    request.request_headers = pairs_of(value["request_headers"]);
  }
  if (value.contains("absent_request_headers")) {
    request.absent_request_headers = strings_of(value["absent_request_headers"]);
  }
  if (value.contains("body")) request.body = strings_of(value["body"]);
  return request;
}

ExpectedProblem problem_of(const Json& value) {
  allow_keys(value, {"at", "says", "platform"});
  ExpectedProblem problem;
  if (value.contains("at")) parse_place(value["at"].get<std::string>(), problem);
  if (value.contains("says")) problem.says = strings_of(value["says"]);
  if (value.contains("platform")) problem.platform = value["platform"].get<std::string>();
  if (problem.says.empty() && problem.platform.empty()) {
    throw std::runtime_error("a problem says nothing");
  }
  return problem;
}

Runner runner_of(const Json& project) {
  if (!project.contains("http")) return Runner::Unit;
  if (project["http"].is_boolean() && project["http"].get<bool>()) return Runner::Both;
  if (project["http"] == "only") return Runner::Http;
  throw std::runtime_error("\"http\" is true or \"only\"");
}

void read_claims(const Json& value, CaseProject& project) {
  for (const Json& item : value.value("requests", Json::array())) {
    project.requests.push_back(request_of(item));
  }
  for (const Json& item : value.value("problems", Json::array())) {
    project.problems.push_back(problem_of(item));
  }
  if (value.contains("warnings")) {
    project.warnings = strings_of(value["warnings"]);
    project.no_warnings = project.warnings.empty();
  }
  if (project.claims() == 0 && !project.no_warnings) throw std::runtime_error("claims nothing");
  if (!project.requests.empty() && !project.problems.empty()) {
    throw std::runtime_error("has requests and problems; a project with problems answers none");
  }
}

CaseProject project_of(const Json& value) {
  CaseProject project;
  project.name = value.at("name").get<std::string>();
  try {
    allow_keys(value, {"name", "spec", "why", "http", "files", "vercel", "vercel_text", "mode",
                       "requests", "problems", "warnings"});
    project.spec = value.at("spec").get<std::string>();
    project.runner = runner_of(value);
    project.files = files_of(value.at("files"));
    if (value.contains("vercel")) project.vercel = value["vercel"].dump();
    if (value.contains("vercel_text")) project.vercel = value["vercel_text"].get<std::string>();
    project.mode = value.value("mode", "");
    read_claims(value, project);
  } catch (const std::exception& error) {
    throw std::runtime_error("project \"" + project.name + "\": " + error.what());
  }
  return project;
}

std::vector<CaseProject> read_file(const std::string& file) {
  std::ifstream in(fs::path(LOCALFN_ROUTING_CASES) / (file + ".json"));
  if (!in) throw std::runtime_error("cannot read " + file + ".json");
  std::vector<CaseProject> projects;
  std::set<std::string> names;
  for (const Json& value : Json::parse(in)) {
    projects.push_back(project_of(value));
    if (!names.insert(projects.back().name).second) {
      throw std::runtime_error(file + ".json has \"" + projects.back().name + "\" twice");
    }
  }
  return projects;
}

}  // namespace

std::string ExpectedProblem::text() const {
  std::string text = line == 0 ? "anywhere" : "line " + std::to_string(line);
  if (column != 0) text += " column " + std::to_string(column);
  for (const std::string& part : says) text += ", says \"" + part + "\"";
  if (!platform.empty()) text += ", platform \"" + platform + "\"";
  return text;
}

std::vector<std::string> case_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(LOCALFN_ROUTING_CASES)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().stem().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

const std::vector<CaseProject>& projects_of(const std::string& file) {
  // A test runs on one thread; Catch2 enters a test case once for each of its sections.
  static std::map<std::string, std::vector<CaseProject>> read;
  const auto found = read.find(file);
  if (found != read.end()) return found->second;
  return read.emplace(file, read_file(file)).first->second;
}

std::size_t count_claims(Runner where) {
  std::size_t count = 0;
  for (const std::string& file : case_files()) {
    for (const CaseProject& project : projects_of(file)) {
      if (project.runs(where)) count += project.requests.size() + project.problems.size();
    }
  }
  return count;
}

}  // namespace localfn::cases
