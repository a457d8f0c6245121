#include "tests/support/processes.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace localfn::test {

namespace fs = std::filesystem;

namespace {

std::optional<ProcessInfo> read_process(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  // The name may hold spaces and parentheses itself: the last ')' ends it.
  const auto open = line.find('(');
  const auto close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > line.size()) {
    return std::nullopt;
  }
  ProcessInfo info;
  info.pid = std::stoi(pid);
  info.name = line.substr(open + 1, close - open - 1);
  info.state = line[close + 2];
  std::istringstream(line.substr(close + 4)) >> info.parent >> info.group;
  return info;
}

std::vector<ProcessInfo> all_processes() {
  std::vector<ProcessInfo> all;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) {
      continue;
    }
    if (auto info = read_process(name)) all.push_back(*info);
  }
  return all;
}

}  // namespace

Deadline patience() { return Deadline::after(std::chrono::seconds(20)); }

std::size_t peak_memory_kib(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  }
  return 0;
}

std::vector<ProcessInfo> children_of(pid_t pid) {
  std::vector<ProcessInfo> all = all_processes();
  std::erase_if(all, [pid](const ProcessInfo& process) { return process.parent != pid; });
  return all;
}

std::vector<ProcessInfo> descendants_of(pid_t pid) {
  const std::vector<ProcessInfo> all = all_processes();
  std::vector<ProcessInfo> found;
  std::vector<pid_t> parents{pid};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const ProcessInfo& process : all) {
      if (process.parent != parent) continue;
      found.push_back(process);
      parents.push_back(process.pid);
    }
  }
  return found;
}

bool is_alive(pid_t pid) {
  const auto info = read_process(std::to_string(pid));
  return info && !info->dead();
}

std::string describe(const std::vector<ProcessInfo>& processes) {
  std::string text;
  for (const ProcessInfo& process : processes) {
    if (!text.empty()) text += ", ";
    text += std::to_string(process.pid) + " " + process.name + " (" + process.state + ")";
  }
  return text.empty() ? "none" : text;
}

std::vector<std::string> open_descriptors(pid_t pid) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    std::error_code gone;
    const fs::path target = fs::read_symlink(entry.path(), gone);
    if (!gone) found.push_back(entry.path().filename().string() + " " + target.string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool eventually(const std::function<bool()>& holds, Deadline deadline) {
  while (!holds()) {
    if (deadline.passed()) return false;
    ::poll(nullptr, 0, std::min(5, deadline.poll_timeout()));
  }
  return true;
}

}  // namespace localfn::test
