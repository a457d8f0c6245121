// Bytes of one stream, cut into whole lines however they were split on their way.
//
// Used by InstanceOutput (pipes) and by Call (Log frames). Not thread-safe. Bounded: it keeps at
// most one unfinished line of kMaxLine bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace localfn {

class LineBuffer {
 public:
  /// A longer line is handed out in pieces; each piece but the last ends in kContinued.
  static constexpr std::size_t kMaxLine = 64 * 1024;
  static constexpr std::string_view kContinued = " [line continues]";

  /// Receives one line without its newline; the view is valid during the call.
  using Emit = std::function<void(std::string_view line)>;

  /// Takes `bytes` and emits every line that they complete.
  void add(std::string_view bytes, const Emit& emit);

  /// The stream has ended or paused for good: emits what is left, if anything.
  void flush(const Emit& emit);

  bool empty() const { return tail_.empty(); }

 private:
  void extend(std::string_view part, const Emit& emit);

  std::string tail_;
};

}  // namespace localfn
