// The ETag of a static file: the SHA-1 of its extension, a dash and its bytes, in quotes.
//
// Hashing 2 GB would hold back the first byte of an answer for seconds, so the tag of a file over
// 64 MB is made of its identity, size and times instead: it changes with every change of the file.
//
// The file is read in pieces; the result is remembered for as long as the file's identity and times
// stay the same. Any thread; the lock is never held while a file is read.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace localfn::http {

class EtagCache {
 public:
  /// The tag of the open file `fd`. `info` is what fstat() said; it is brought up to date when the
  /// file changes while it is read, so that tag and length belong together. `extension` has its
  /// dot. Nothing when the file cannot be read, or shrinks as fast as it is read.
  std::optional<std::string> tag(int fd, struct stat& info, std::string_view extension);

 private:
  struct Key {
    std::uint64_t device, inode, size;
    std::int64_t modified_ns, changed_ns;
    std::string extension;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };

  static Key key_of(const struct stat& info, std::string_view extension);

  std::mutex mutex_;
  std::unordered_map<Key, std::string, KeyHash> tags_;
};

}  // namespace localfn::http
