// Frames that have been taken off a channel and wait for the thread they belong to.
//
// A plain container that keeps its memory between uses; not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/wire.h"

namespace localfn {

class Batch {
 public:
  void add(const wire::FrameHeader& header, std::string_view payload) {
    if (frames_.capacity() == 0) {
      frames_.reserve(kUsualFrames);
      bytes_.reserve(kUsualBytes);
    }
    frames_.push_back({header, bytes_.size()});
    bytes_.append(payload);
  }
  void clear() {
    frames_.clear();
    bytes_.clear();
  }
  void swap(Batch& other) noexcept {
    frames_.swap(other.frames_);
    bytes_.swap(other.bytes_);
  }

  bool empty() const { return frames_.empty(); }
  std::size_t size() const { return frames_.size(); }
  const wire::FrameHeader& header(std::size_t i) const { return frames_[i].header; }
  std::string_view payload(std::size_t i) const {
    return std::string_view(bytes_).substr(frames_[i].offset, frames_[i].header.size);
  }

  /// What it costs to keep: payloads, and the frames themselves (a flood of empty ones counts).
  std::size_t cost() const { return bytes_.size() + frames_.size() * sizeof(Frame); }

 private:
  struct Frame {
    wire::FrameHeader header;
    std::size_t offset;
  };

  // What the answer of a small request needs, had at once.
  static constexpr std::size_t kUsualFrames = 4;
  static constexpr std::size_t kUsualBytes = 1000;

  std::vector<Frame> frames_;
  std::string bytes_;
};

}  // namespace localfn
