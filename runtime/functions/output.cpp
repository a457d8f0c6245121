#include "runtime/functions/output.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace localfn {

InstanceOutput::InstanceOutput(std::string function, std::uint32_t instance, UniqueFd out,
                               UniqueFd err, LogSink sink)
    : function_(std::move(function)),
      instance_(instance),
      sink_(std::move(sink)),
      out_{std::move(out), {}, wire::Stream::Stdout},
      err_{std::move(err), {}, wire::Stream::Stderr} {
  ready_.reset(::epoll_create1(EPOLL_CLOEXEC));
  for (const Pipe* pipe : {&out_, &err_}) {
    if (!pipe->fd) continue;
    set_nonblocking(pipe->fd.get(), true);
    epoll_event event{};
    event.events = EPOLLIN;
    // Without the set they are read at every look.
    if (::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, pipe->fd.get(), &event) != 0) ready_.reset();
  }
}

int InstanceOutput::out_fd() const {
  const std::lock_guard lock(mutex_);
  return out_.fd.get();
}

int InstanceOutput::err_fd() const {
  const std::lock_guard lock(mutex_);
  return err_.fd.get();
}

bool InstanceOutput::drain() {
  const std::lock_guard lock(mutex_);
  drain_all();
  return out_.fd || err_.fd;
}

void InstanceOutput::set_owner(std::string_view invocation) {
  const std::lock_guard lock(mutex_);
  drain_all();
  flush_pipes();
  owner_.assign(invocation);
}

void InstanceOutput::finish() {
  const std::lock_guard lock(mutex_);
  drain_all();
  flush_pipes();
  flush_own_lines();
}

void InstanceOutput::flush_own() {
  const std::lock_guard lock(mutex_);
  flush_own_lines();
}

void InstanceOutput::flush_own_lines() {
  frame_out_.flush(emitter({}, wire::Stream::Stdout));
  frame_err_.flush(emitter({}, wire::Stream::Stderr));
}

// Nearly always there is nothing in them, which an epoll set says without looking at either.
void InstanceOutput::drain_all() {
  epoll_event event{};
  if (ready_ && ::epoll_wait(ready_.get(), &event, 1, 0) == 0) return;
  drain(out_);
  drain(err_);
}

void InstanceOutput::drain(Pipe& pipe) {
  std::array<char, 16 * 1024> buffer;
  for (std::size_t total = 0; pipe.fd && total < kMaxDrain;) {
    const auto n = ::read(pipe.fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      pipe.lines.flush(emitter(owner_, pipe.stream));
      pipe.fd.reset();
      return;
    }
    total += static_cast<std::size_t>(n);
    pipe.lines.add({buffer.data(), static_cast<std::size_t>(n)}, emitter(owner_, pipe.stream));
  }
}

void InstanceOutput::flush_pipes() {
  if (!out_.lines.empty()) out_.lines.flush(emitter(owner_, out_.stream));
  if (!err_.lines.empty()) err_.lines.flush(emitter(owner_, err_.stream));
}

void InstanceOutput::log(LineBuffer& lines, std::string_view invocation,
                         const wire::LogFrame& frame) {
  const std::lock_guard lock(mutex_);
  lines.add(frame.text, emitter(invocation, frame.stream, frame.level));
}

void InstanceOutput::log(const wire::LogFrame& frame) {
  log(frame.stream == wire::Stream::Stdout ? frame_out_ : frame_err_, {}, frame);
}

void InstanceOutput::flush(LineBuffer& lines, std::string_view invocation, wire::Stream stream) {
  if (lines.empty()) return;
  const std::lock_guard lock(mutex_);
  lines.flush(emitter(invocation, stream));
}

std::string InstanceOutput::last_stderr() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& line : last_stderr_) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

LineBuffer::Emit InstanceOutput::emitter(std::string_view invocation, wire::Stream stream,
                                         wire::Level level) {
  return [this, invocation, stream, level](std::string_view line) {
    emit(invocation, stream, level, line);
  };
}

void InstanceOutput::emit(std::string_view invocation, wire::Stream stream, wire::Level level,
                          std::string_view line) {
  if (stream == wire::Stream::Stderr) {
    if (last_stderr_.size() == kKeptLines) last_stderr_.pop_front();
    last_stderr_.emplace_back(line.substr(0, kKeptLineBytes));
  }
  if (!sink_) return;
  sink_({function_, instance_, std::string(invocation), stream, std::string(line), level});
}

}  // namespace localfn
