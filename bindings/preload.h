// What the zygote imports so that its instances need not: first what every handler class uses,
// then, while the host asks for nothing, common modules of the standard library, one at a time.
//
// Never code of the project or of an installed package (that is for lesson.h), and nothing that
// starts a thread or keeps a descriptor: that is checked after every module. In the zygote, with
// the GIL.
#pragma once

#include <cstddef>

namespace localfn {

class Preload {
 public:
  /// The modules that the first function needs. The collector stays off until an instance turns it
  /// on again, so that it does not touch the pages which the instances share.
  void essential();

  /// Imports the next module of the list, or one of our own after all of those; false when there is
  /// none left. A module that this Python does not have is passed over.
  bool next();

  /// Takes everything that is alive now out of the collector's sight.
  void freeze();

 private:
  std::size_t next_ = 0;
};

/// Of this process; the descriptors include the one that is needed to count them.
std::size_t count_threads();
std::size_t count_descriptors();

/// Throws std::runtime_error unless this process has exactly one thread: only then is fork() safe
/// for Python. `when` is for the message.
void expect_one_thread(const char* when);

}  // namespace localfn
