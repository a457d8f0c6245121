#include "runtime/http/pages/etag.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <new>
#include <vector>

namespace localfn::http {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr off_t kMostHashed = 64 << 20;
constexpr std::size_t kMaxEntries = 4096;
constexpr int kAttempts = 3;
/// The kernel stamps files with a clock that ticks every few milliseconds: two writes within one
/// tick look alike. A file changed so recently is not remembered.
constexpr std::int64_t kTickNs = 50'000'000;

std::int64_t nanoseconds(const timespec& t) {
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

bool changed_just_now(const struct stat& info) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - nanoseconds(info.st_ctim) < kTickNs;
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && nanoseconds(a.st_mtim) == nanoseconds(b.st_mtim) &&
         nanoseconds(a.st_ctim) == nanoseconds(b.st_ctim);
}

class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) != 1) {
      throw std::bad_alloc();
    }
  }
  void add(const void* bytes, std::size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += "0123456789abcdef"[digest[i] >> 4];
      text += "0123456789abcdef"[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// Reads exactly `size` bytes into `sha`; false when the file cannot be read or ends early.
bool add_file(Sha1& sha, int fd, std::uint64_t size) {
  std::vector<char> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, std::max<std::uint64_t>(size, 1))));
  std::uint64_t done = 0;
  while (done < size) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - done));
    const ssize_t got = ::pread(fd, piece.data(), want, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    sha.add(piece.data(), static_cast<std::size_t>(got));
    done += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::optional<std::string> hash(int fd, std::uint64_t size, std::string_view extension) {
  Sha1 sha;
  sha.add(extension.data(), extension.size());
  sha.add("-", 1);
  if (!add_file(sha, fd, size)) return std::nullopt;
  return '"' + sha.hex() + '"';
}

std::string tag_of_state(const struct stat& info, std::string_view extension) {
  const std::string state =
      fmt::format("{}-{}:{}:{}:{}:{}", extension, info.st_dev, info.st_ino, info.st_size,
                  nanoseconds(info.st_mtim), nanoseconds(info.st_ctim));
  Sha1 sha;
  sha.add(state.data(), state.size());
  return '"' + sha.hex() + '"';
}

}  // namespace

std::size_t EtagCache::KeyHash::operator()(const Key& key) const {
  std::uint64_t mixed = key.inode * 0x9E3779B97F4A7C15u;
  mixed ^= static_cast<std::uint64_t>(key.modified_ns) + (mixed << 6) + (mixed >> 2);
  return static_cast<std::size_t>(mixed ^ key.device ^ std::hash<std::string>{}(key.extension));
}

EtagCache::Key EtagCache::key_of(const struct stat& info, std::string_view extension) {
  return {static_cast<std::uint64_t>(info.st_dev),
          static_cast<std::uint64_t>(info.st_ino),
          static_cast<std::uint64_t>(info.st_size),
          nanoseconds(info.st_mtim),
          nanoseconds(info.st_ctim),
          std::string(extension)};
}

std::optional<std::string> EtagCache::tag(int fd, struct stat& info, std::string_view extension) {
  if (info.st_size > kMostHashed) return tag_of_state(info, extension);
  Key key = key_of(info, extension);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = tags_.find(key); known != tags_.end()) return known->second;
  }
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    std::optional<std::string> tag = hash(fd, static_cast<std::uint64_t>(info.st_size), extension);
    struct stat after {};
    if (::fstat(fd, &after) != 0) return std::nullopt;
    if (tag && same_state(info, after)) {
      if (changed_just_now(info)) return tag;
      const std::lock_guard lock(mutex_);
      if (tags_.size() >= kMaxEntries) tags_.clear();
      tags_.insert_or_assign(std::move(key), *tag);
      return tag;
    }
    // A file that only grows (a log) never holds still: its first bytes are a whole answer too.
    if (tag && attempt == kAttempts) return tag;
    info = after;
    key = key_of(info, extension);
  }
  return std::nullopt;
}

}  // namespace localfn::http
