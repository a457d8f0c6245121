// What a project's probes.json asks, and whether an answer is what it expects.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/http_client.h"

namespace localfn::test {

struct Probe {
  std::string method = "GET";
  std::string path;
  HeaderList headers;
  std::string body;
  int status = 200;
  std::vector<std::string> must_contain;
  std::vector<std::string> must_not_contain;
  std::optional<std::string> body_must_be;
  std::vector<std::pair<std::string, std::optional<std::string>>> response_headers;
};

struct ProbeFile {
  std::vector<Probe> probes;
  std::vector<std::string> options;
  std::vector<std::string> leftovers;
  std::vector<std::string> expected_logs;
};

/// Throws on unknown keys, so that no check is lost to a slip of the pen.
ProbeFile read_probes(const std::filesystem::path& file);

/// What is wrong with the answer, one sentence each; empty when all is as expected.
std::vector<std::string> compare(const Probe& probe, const Answer& answer);

}  // namespace localfn::test
