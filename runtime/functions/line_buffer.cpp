#include "runtime/functions/line_buffer.h"

#include <algorithm>

namespace localfn {

void LineBuffer::add(std::string_view bytes, const Emit& emit) {
  for (auto end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (tail_.empty() && line.size() <= kMaxLine) {
      emit(line);
      continue;
    }
    extend(line, emit);
    emit(tail_);
    tail_.clear();
  }
  extend(bytes, emit);
}

void LineBuffer::flush(const Emit& emit) {
  if (tail_.empty()) return;
  emit(tail_);
  tail_.clear();
}

// A full tail is handed out only when another byte follows, so that a line of exactly kMaxLine
// bytes stays whole.
void LineBuffer::extend(std::string_view part, const Emit& emit) {
  while (!part.empty()) {
    if (tail_.size() == kMaxLine) {
      tail_ += kContinued;
      emit(tail_);
      tail_.clear();
    }
    const auto taken = std::min(part.size(), kMaxLine - tail_.size());
    tail_ += part.substr(0, taken);
    part.remove_prefix(taken);
  }
}

}  // namespace localfn
