// Any bytes on a channel or the control socket: cut into frames and decoded without harm.
//
// The first byte says in which pieces the rest arrives, so that the reader's joints are tried too.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/base/wire.h"

namespace {

using namespace localfn::wire;

template <typename Frame>
void try_decode(std::string_view payload) {
  Frame frame;
  decode(payload, frame);
}

void decode_as(FrameType type, std::string_view payload) {
  switch (type) {
    case FrameType::Load:
      return try_decode<LoadFrame>(payload);
    case FrameType::Request:
      return try_decode<RequestFrame>(payload);
    case FrameType::Ready:
      return try_decode<ReadyFrame>(payload);
    case FrameType::ImportFailed:
      return try_decode<ImportFailedFrame>(payload);
    case FrameType::Head:
      return try_decode<HeadFrame>(payload);
    case FrameType::BodyEnd:
      return try_decode<BodyEndFrame>(payload);
    case FrameType::End:
      return try_decode<EndFrame>(payload);
    case FrameType::Log:
      return try_decode<LogFrame>(payload);
    case FrameType::Taken:
      return try_decode<TakenFrame>(payload);
    default:
      return;
  }
}

bool take_frames(FrameReader& reader) {
  FrameHeader header;
  std::string_view payload;
  for (;;) {
    switch (reader.next(header, payload)) {
      case FrameReader::Next::NeedMore:
        return true;
      case FrameReader::Next::Malformed:
        return false;
      case FrameReader::Next::Frame:
        decode_as(header.type, payload);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ControlMessage message;
  decode(bytes, message);
  FrameReader reader(kMaxToHost);
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, std::min(step, bytes.size()));
    std::memcpy(reader.space(piece.size()).data(), piece.data(), piece.size());
    reader.filled(piece.size());
    bytes.remove_prefix(piece.size());
    if (!take_frames(reader)) break;
  }
  return 0;
}
