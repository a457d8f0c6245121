#include "tests/unit/routing_cases/case_project.h"

namespace localfn::cases {
namespace {

const std::string kHandlerSource = "class handler:\n    pass\n";
const std::string kAppSource = "app = None\n";

std::string source_of(const std::string& content) {
  if (content == "handler") return kHandlerSource;
  if (content == "app") return kAppSource;
  return content;
}

bool begins_a_line(const std::string& text, const std::string& words) {
  return text.starts_with(words) || text.find("\n" + words) != std::string::npos;
}

wire::Entry look_at(const std::string& path) {
  wire::Entry entry;
  bool readable = false;
  const std::string text = testing::read_all(path, readable);
  entry.line = 1;
  if (!readable) {
    entry.unreadable = true;
    entry.reason = "cannot read it";
  } else if (begins_a_line(text, "class handler")) {
    entry.found = true;
    entry.variable = "handler";
  } else if (begins_a_line(text, "app =")) {
    entry.found = true;
    entry.variable = "app";
  } else {
    entry.reason = "it defines no handler";
  }
  return entry;
}

}  // namespace

std::vector<wire::Entry> StandInScanner::operator()(const std::vector<std::string>& paths) const {
  std::vector<wire::Entry> entries;
  for (const std::string& path : paths) entries.push_back(look_at(path));
  return entries;
}

CaseFolder::CaseFolder(const CaseProject& project) {
  for (const auto& [name, content] : project.files) folder_.write(name, source_of(content));
  if (project.vercel) folder_.write("vercel.json", *project.vercel);
  WorkspaceOptions options;
  options.root = folder_.path();
  workspace_ = std::make_unique<Workspace>(options, StandInScanner());
}

}  // namespace localfn::cases
