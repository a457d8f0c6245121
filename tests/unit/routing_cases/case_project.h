// A case's project in a temporary folder, and its Project as the workspace reads it.
#pragma once

#include <memory>
#include <string>

#include "tests/unit/project/project_fixture.h"
#include "tests/unit/routing_cases/cases.h"

namespace localfn::cases {

/// Knows the stand-ins: "class handler" and "app =" at the beginning of a line.
struct StandInScanner {
  std::vector<wire::Entry> operator()(const std::vector<std::string>& paths) const;
};

class CaseFolder {
 public:
  explicit CaseFolder(const CaseProject& project);
  std::shared_ptr<const Project> read() { return workspace_->current(); }

 private:
  testing::TempFolder folder_;
  std::unique_ptr<Workspace> workspace_;
};

}  // namespace localfn::cases
