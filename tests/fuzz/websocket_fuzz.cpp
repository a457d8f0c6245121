// Any bytes as what a WebSocket's client sends: the pieces in which they come change nothing, and no
// message is larger than the limit.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "bindings/asgi/websocket_frames.h"

namespace {

using namespace localfn::websocket;

constexpr std::size_t kMost = 4096;

std::vector<Event> events_of(std::string_view bytes, std::size_t piece) {
  Decoder decoder(kMost);
  std::vector<Event> events;
  while (!bytes.empty()) {
    decoder.feed(bytes.substr(0, piece), events);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return events;
}

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_text(const Event& event) {
  Utf8Check check;
  return check.take(event.data) && check.whole();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = events_of(bytes, bytes.size());
  const auto pieces = events_of(bytes, 1 + data[0] % 16);
  require(whole.size() == pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const Event& event = whole[i];
    require(event.kind == pieces[i].kind && event.data == pieces[i].data &&
            event.code == pieces[i].code);
    require(event.data.size() <= kMost);
    const bool last = event.kind == Event::Kind::Close || event.kind == Event::Kind::Failure;
    require(!last || i + 1 == whole.size());
    if (event.kind == Event::Kind::Text || event.kind == Event::Kind::Close) require(is_text(event));
  }
  return 0;
}
