// What one instance prints: its two pipes and the log frames of its channel, as whole lines.
//
// The supervisor's thread reads the pipes whenever something is in them, so that a full pipe never
// blocks an instance; a connection's thread empties them at the end of its invocation, so that the
// output stands in front of the access line. Thread-safe; the LogSink is called with a lock held,
// which keeps lines in order, and must not call back into this object.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/base/fd.h"
#include "runtime/functions/accounting.h"
#include "runtime/functions/line_buffer.h"

namespace localfn {

class InstanceOutput {
 public:
  /// `out` and `err` are read ends; they are made non-blocking. Either may be empty.
  InstanceOutput(std::string function, std::uint32_t instance, UniqueFd out, UniqueFd err,
                 LogSink sink);

  std::uint32_t instance() const { return instance_; }
  const std::string& function() const { return function_; }

  /// The descriptors for an epoll set; -1 once a pipe has ended. They close with the object or at
  /// their end, which takes them out of the set.
  int out_fd() const;
  int err_fd() const;

  /// Moves what the pipes hold to the sink, at most kMaxDrain bytes of each, without waiting.
  /// False once both pipes have ended.
  bool drain();

  /// From here on bytes of the pipes belong to `invocation`; empty: to the instance. What is in
  /// the pipes already goes to the owner before, its unfinished last line included.
  void set_owner(std::string_view invocation);

  /// Empties both pipes and hands out unfinished lines: the invocation or the instance is over.
  void finish();

  /// A piece of text that came in a Log frame. `lines` belongs to (invocation, stream).
  void log(LineBuffer& lines, std::string_view invocation, const wire::LogFrame& frame);
  /// The same for text that belongs to no invocation; flush_own() hands out its unfinished lines.
  void log(const wire::LogFrame& frame);
  void flush_own();
  void flush(LineBuffer& lines, std::string_view invocation, wire::Stream stream);

  /// The last lines of stderr, oldest first, for the report of a crash.
  std::string last_stderr() const;

  static constexpr std::size_t kMaxDrain = 256 * 1024;
  static constexpr std::size_t kKeptLines = 20;
  static constexpr std::size_t kKeptLineBytes = 4096;

 private:
  struct Pipe {
    UniqueFd fd;
    LineBuffer lines;
    wire::Stream stream;
  };

  void drain_all();
  void drain(Pipe& pipe);
  void flush_pipes();
  void flush_own_lines();
  void emit(std::string_view invocation, wire::Stream stream, wire::Level level,
            std::string_view line);
  LineBuffer::Emit emitter(std::string_view invocation, wire::Stream stream,
                           wire::Level level = wire::Level::None);

  const std::string function_;
  const std::uint32_t instance_;
  const LogSink sink_;

  mutable std::mutex mutex_;
  Pipe out_, err_;
  UniqueFd ready_;  ///< an epoll set of both
  LineBuffer frame_out_, frame_err_;  ///< Log frames of the instance itself
  std::string owner_;
  std::deque<std::string> last_stderr_;
};

}  // namespace localfn
