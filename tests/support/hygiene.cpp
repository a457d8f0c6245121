#include "tests/support/hygiene.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace localfn::test {

namespace {

// channel, stdout, stderr, the epoll set of these two, and a pidfd
constexpr std::size_t kDescriptorsPerInstance = 5;
// control and a pidfd
constexpr std::size_t kDescriptorsPerLearned = 2;

/// Waits for children that have ended; those that live are left alone.
void reap_orphans() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
}

bool starts_with(const std::string& line, const char* text) { return line.rfind(text, 0) == 0; }

/// Lines of the host that no clean run has, and reports of sanitizers and of the C++ runtime.
bool is_alarm(const std::string& line) {
  if (starts_with(line, "warning:") || starts_with(line, "error:")) return true;
  if (starts_with(line, R"({"time":)")) {  // of `--log json`; what functions write is no message
    const auto has = [&](const char* text) { return line.find(text) != std::string::npos; };
    return !has(R"("function":)") && (has(R"("level":"warning")") || has(R"("level":"error")"));
  }
  for (const char* text : {"AddressSanitizer", "ThreadSanitizer", "LeakSanitizer",
                           "runtime error:", "terminate called", "Assertion `", "*** stack smash",
                           "double free", "Fatal Python error"}) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

HygieneCheck::HygieneCheck() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

void HygieneCheck::became_ready(const RunningLocalfn& server) {
  descriptors_when_ready_ = open_descriptors(server.pid()).size();
}

std::vector<std::string> HygieneCheck::before_stop(const RunningLocalfn& server) const {
  std::vector<std::string> problems;
  if (!server.running()) return problems;
  // Children of instances are the functions' own: waiting for them is not localfn's business.
  const auto zombies = [&] {
    auto found = children_of(server.pid());
    for (const ProcessInfo& instance : children_of(server.zygote())) found.push_back(instance);
    for (const pid_t zygote : server.learned_zygotes()) {
      for (const ProcessInfo& instance : children_of(zygote)) found.push_back(instance);
    }
    std::erase_if(found, [](const ProcessInfo& process) { return !process.dead(); });
    return found;
  };
  if (!eventually([&] { return zombies().empty(); })) {
    problems.push_back("zombies below the host: " + describe(zombies()));
  }
  const auto allowed = [&] {
    return descriptors_when_ready_ + kDescriptorsPerInstance * server.instances().size() +
           kDescriptorsPerLearned * server.learned_zygotes().size();
  };
  if (!eventually([&] { return open_descriptors(server.pid()).size() <= allowed(); })) {
    std::string text = "the idle host holds more than " + std::to_string(allowed()) +
                       " descriptors (" + std::to_string(descriptors_when_ready_) +
                       " when it became ready):";
    for (const std::string& fd : open_descriptors(server.pid())) text += "\n    " + fd;
    problems.push_back(text);
  }
  return problems;
}

std::vector<std::string> HygieneCheck::after_end(const RunningLocalfn& server) const {
  std::vector<std::string> problems;
  // A killed host leaves its orphans a second to notice; after a clean stop none is there at all.
  const Deadline grace = Deadline::after(std::chrono::seconds(5));
  const auto none_left = [] {
    reap_orphans();
    return children_of(::getpid()).empty();
  };
  if (!eventually(none_left, grace)) {
    const auto left = descendants_of(::getpid());
    problems.push_back("processes outlived the host: " + describe(left));
    for (const ProcessInfo& process : left) ::kill(process.pid, SIGKILL);
    eventually(none_left, grace);
  }
  for (const std::string& text : leftovers()) problems.push_back("left in TMPDIR: " + text);
  for (const Stream stream : {Stream::Out, Stream::Err}) {
    for (const std::string& line : alarms(server.output(stream))) {
      problems.push_back("unexpected line in the log: " + line);
    }
  }
  return problems;
}

std::vector<std::string> HygieneCheck::leftovers() const {
  std::vector<std::string> found = temp_.contents();
  std::erase_if(found, [this](const std::string& name) {
    return std::any_of(leftovers_.begin(), leftovers_.end(),
                       [&](const std::string& end) { return name.ends_with(end); });
  });
  return found;
}

std::vector<std::string> HygieneCheck::alarms(const std::string& log) const {
  std::vector<std::string> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const bool expected = std::any_of(expected_.begin(), expected_.end(), [&](const auto& text) {
      return line.find(text) != std::string::npos;
    });
    if (is_alarm(line) && !expected) found.push_back(line);
  }
  return found;
}

}  // namespace localfn::test
