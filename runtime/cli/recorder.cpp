#include "runtime/cli/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/project/text.h"

namespace localfn::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMostNames = 1000;

/// A name that nothing has yet.
fs::path free_name(const fs::path& project) {
  fs::path name = project / "probes.recorded.json";
  for (int number = 2; number < kMostNames && fs::exists(fs::symlink_status(name)); ++number) {
    name = project / fmt::format("probes.recorded-{}.json", number);
  }
  return name;
}

/// Beside the file, so that it can be renamed; a name that no table of the project lists.
fs::path beside(const fs::path& file) {
  return file.parent_path() / ("." + file.filename().string() + ".tmp");
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

probes::Recorded recorded_from(const http::RecordingExchange& exchange) {
  const http::Request& request = exchange.request();
  probes::Recorded recorded;
  recorded.method = request.method;
  recorded.target = request.target;
  for (const auto& [name, value] : request.headers) recorded.headers.emplace_back(name, value);
  recorded.body = exchange.request_body().bytes;
  recorded.body_whole = exchange.request_body().whole;
  recorded.status = exchange.status();
  recorded.answer_headers = exchange.headers();
  recorded.answer = exchange.answer_body().bytes;
  recorded.answer_whole = exchange.answer_body().whole;
  return recorded;
}

}  // namespace

Recorder::Recorder(const fs::path& project, const std::string& file)
    : file_(fs::absolute(file.empty() ? free_name(project) : fs::path(file)).lexically_normal()) {
  if (fs::exists(fs::symlink_status(file_))) {
    throw UsageError(fmt::format(
        "--record {}: this file is there already, and is not overwritten; name another one, or "
        "move it away",
        in_quotes(file)));
  }
  std::string problem;
  last_text_ = recording_.text();
  if (!write(problem)) throw UsageError(fmt::format("--record: {}", problem));
  std::error_code ignored;
  const fs::path root = fs::canonical(project, ignored);
  const fs::path name = fs::canonical(file_, ignored).lexically_relative(root);
  if (!name.empty() && *name.begin() != "..") own_name_ = name.generic_string();
}

Recorder::~Recorder() {
  if (recording_.size() == 0) ::unlink(file_.c_str());
}

bool Recorder::is_own(std::string_view file) const {
  return !own_name_.empty() && (file == own_name_ || file == beside(own_name_).generic_string());
}

bool Recorder::write(std::string& problem) const {
  const fs::path temporary = beside(file_);
  const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const bool written =
      fd && write_all(fd.get(), last_text_) && std::rename(temporary.c_str(), file_.c_str()) == 0;
  if (written) return true;
  problem = fmt::format("cannot write {}: {}", in_quotes(file_.string()), errno_text(errno));
  ::unlink(temporary.c_str());
  return false;
}

std::string Recorder::take(const http::RecordingExchange& exchange) {
  const std::lock_guard lock(mutex_);
  if (recording_.add(recorded_from(exchange)) == probes::Recording::Added::LeftOut) return {};
  std::string text = recording_.text();
  if (text == last_text_) return {};
  last_text_ = std::move(text);
  std::string problem;
  if (write(problem)) return {};
  return std::exchange(last_problem_, problem) == problem ? std::string() : problem;
}

std::string Recorder::summary() const {
  const std::lock_guard lock(mutex_);
  if (recording_.size() == 0) return "recorded nothing";
  std::string text = fmt::format("recorded {} probe{} in {}", recording_.size(),
                                 recording_.size() == 1 ? "" : "s", printable(file_.string()));
  const auto names = recording_.placeholders();
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "; secrets left out: " : ", ", printable(names[i]));
  }
  return text + "; look it over, then: localfn test DIR FILE";
}

}  // namespace localfn::cli
