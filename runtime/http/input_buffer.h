// The bytes of one connection that have arrived and are not used up yet.
//
// One block for the connection's whole life, so that views of a head stay valid while its body is
// read. Pages that were never filled cost nothing: an idle connection holds a page or two.
//
//   ……… [ head | used body | unread ] free
//        ^start ^mark       ^next    ^end
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace localfn::http {

class InputBuffer {
 public:
  /// There is always room for a head of `head` bytes, and for kScratch bytes after it.
  explicit InputBuffer(std::size_t head)
      : head_(head),
        capacity_(2 * head + kScratch),
        data_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

  /// What was used up is forgotten; what is unread is the start of the next head.
  void start_head() {
    start_ = next_;
    if (start_ == end_) {
      start_ = end_ = 0;
    } else if (capacity_ - start_ < head_ + kScratch) {
      std::memmove(data_.get(), data_.get() + start_, end_ - start_);
      end_ -= start_;
      start_ = 0;
    }
    next_ = mark_ = start_;
  }

  /// Everything from the start of the head on.
  std::string_view from_start() const { return {data_.get() + start_, end_ - start_}; }

  /// The head has `size` bytes and stays where it is until start_head().
  void keep_head(std::size_t size) { mark_ = next_ = start_ + size; }

  std::string_view unread() const { return {data_.get() + next_, end_ - next_}; }
  void use(std::size_t bytes) { next_ += bytes; }

  /// Room for more; never empty while no more than a head is kept and the unread bytes are used
  /// before more are asked for.
  std::span<char> space() {
    if (next_ == end_ && mark_ < next_) next_ = end_ = mark_;
    return {data_.get() + end_, capacity_ - end_};
  }
  void filled(std::size_t bytes) { end_ += bytes; }

 private:
  static constexpr std::size_t kScratch = 16 * 1024;

  std::size_t head_;
  std::size_t capacity_;
  std::unique_ptr<char[]> data_;
  std::size_t start_ = 0;
  std::size_t mark_ = 0;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
};

}  // namespace localfn::http
