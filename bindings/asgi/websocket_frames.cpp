#include "bindings/asgi/websocket_frames.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace localfn::websocket {
namespace {

constexpr std::size_t kMostControl = 125;
constexpr std::size_t kMaskBytes = 4;

std::uint64_t big_endian(const unsigned char* bytes, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

// `mask` begins with the byte for the first of `bytes`.
void unmask(char* bytes, std::size_t size, const std::array<char, kMaskBytes>& mask) {
  std::array<char, 8> twice;
  for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = mask[i % kMaskBytes];
  std::uint64_t wide = 0;
  std::memcpy(&wide, twice.data(), sizeof wide);
  std::size_t i = 0;
  for (; i + sizeof wide <= size; i += sizeof wide) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, sizeof eight);
    eight ^= wide;
    std::memcpy(bytes + i, &eight, sizeof eight);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i % kMaskBytes]);
}

bool known(unsigned char opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

std::size_t ascii_prefix(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + i, sizeof eight);
    if ((eight & kHighBits) != 0) break;
  }
  while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80) ++i;
  return i;
}

}  // namespace

// ---- text --------------------------------------------------------------------------------------

bool Utf8Check::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      bytes.remove_prefix(ascii_prefix(bytes));
      if (bytes.empty()) return true;
      if (!lead(static_cast<unsigned char>(bytes.front()))) return false;
    } else {
      const auto byte = static_cast<unsigned char>(bytes.front());
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xbf;
      --left_;
    }
    bytes.remove_prefix(1);
  }
  return true;
}

// The second byte's range keeps out what is overlong, the surrogates, and what lies over U+10FFFF.
bool Utf8Check::lead(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) {
    left_ = 1;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    left_ = 2;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    left_ = 3;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  } else {
    return false;
  }
  return true;
}

// ---- in ----------------------------------------------------------------------------------------

void Decoder::feed(std::string_view bytes, std::vector<Event>& events) {
  while (!done_) {
    if (!in_payload_ && !take_header(bytes, events)) return;
    take_payload(bytes, events);
    if (left_ > 0) return;
    end_frame(events);
  }
}

std::size_t Decoder::header_size() const {
  if (have_ < 2) return 2;
  const unsigned length = header_[1] & 0x7f;
  return 2 + (length == 126 ? 2u : length == 127 ? 8u : 0u) + kMaskBytes;
}

// True once the header is whole and good.
bool Decoder::take_header(std::string_view& bytes, std::vector<Event>& events) {
  while (have_ < header_size()) {
    if (bytes.empty()) return false;
    header_[have_++] = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (have_ == 2 && !begin_frame(events)) return false;
  }
  const std::size_t extra = have_ - 2 - kMaskBytes;
  left_ = extra == 0 ? header_[1] & 0x7fu : big_endian(&header_[2], extra);
  std::memcpy(mask_.data(), &header_[have_ - kMaskBytes], kMaskBytes);
  mask_at_ = 0;
  if ((extra == 2 && left_ < 126) || (extra == 8 && left_ <= 0xffff) || left_ >> 63 != 0) {
    fail(kProtocolError, "the length of a frame is not in its shortest form", events);
    return false;
  }
  if (!control() && left_ > most_ - message_.size()) {
    fail(kTooBig, "the message is too big", events);
    return false;
  }
  in_payload_ = true;
  return true;
}

// What the first two bytes tell. False: against the rules.
bool Decoder::begin_frame(std::vector<Event>& events) {
  const unsigned char opcode = header_[0] & 0x0f;
  last_ = (header_[0] & 0x80) != 0;
  const char* wrong = nullptr;
  if ((header_[0] & 0x70) != 0) {
    wrong = "a reserved bit is set";
  } else if (!known(opcode)) {
    wrong = "the opcode is unknown";
  } else if ((header_[1] & 0x80) == 0) {
    wrong = "a frame of a client must be masked";
  } else if (opcode >= 8 && (!last_ || (header_[1] & 0x7f) > kMostControl)) {
    wrong = "a control frame is fragmented or too long";
  } else if (opcode == 0 && message_opcode_ == Opcode::Continuation) {
    wrong = "there is no message to continue";
  } else if ((opcode == 1 || opcode == 2) && message_opcode_ != Opcode::Continuation) {
    wrong = "a message begins before the last one has ended";
  }
  if (wrong != nullptr) {
    fail(kProtocolError, wrong, events);
    return false;
  }
  opcode_ = static_cast<Opcode>(opcode);
  if (opcode == 1 || opcode == 2) message_opcode_ = opcode_;
  return true;
}

void Decoder::take_payload(std::string_view& bytes, std::vector<Event>& events) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (size == 0) return;
  std::string& into = control() ? control_ : message_;
  const std::size_t before = into.size();
  into.append(bytes.substr(0, size));
  std::array<char, kMaskBytes> turned;
  for (std::size_t i = 0; i < kMaskBytes; ++i) turned[i] = mask_[(mask_at_ + i) % kMaskBytes];
  unmask(into.data() + before, size, turned);
  mask_at_ = (mask_at_ + size) % kMaskBytes;
  left_ -= size;
  bytes.remove_prefix(size);
  if (control() || message_opcode_ != Opcode::Text) return;
  // Looked at as it comes: nobody sends sixteen megabytes only to hear that the first was wrong.
  if (!text_.take(std::string_view(into).substr(before))) fail(kBadText, "it is no UTF-8", events);
}

void Decoder::end_frame(std::vector<Event>& events) {
  have_ = 0;
  in_payload_ = false;
  if (done_) return;
  if (control()) {
    end_control(events);
  } else if (last_) {
    end_message(events);
  }
}

void Decoder::end_message(std::vector<Event>& events) {
  const bool text = message_opcode_ == Opcode::Text;
  if (text && !text_.whole()) return fail(kBadText, "it is no UTF-8", events);
  events.push_back({text ? Event::Kind::Text : Event::Kind::Binary, std::move(message_), 0});
  message_.clear();
  text_ = {};
  message_opcode_ = Opcode::Continuation;
}

void Decoder::end_control(std::vector<Event>& events) {
  if (opcode_ == Opcode::Close) {
    end_close(events);
  } else {
    const bool ping = opcode_ == Opcode::Ping;
    events.push_back({ping ? Event::Kind::Ping : Event::Kind::Pong, control_, 0});
  }
  control_.clear();
}

void Decoder::end_close(std::vector<Event>& events) {
  if (control_.empty()) {
    done_ = true;
    return events.push_back({Event::Kind::Close, {}, kNoCode});
  }
  if (control_.size() == 1) return fail(kProtocolError, "half a code in a Close frame", events);
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(control_[0]) << 8 |
                                               static_cast<unsigned char>(control_[1]));
  if (!may_travel(code)) return fail(kProtocolError, "a Close frame has no valid code", events);
  const std::string_view reason = std::string_view(control_).substr(2);
  Utf8Check check;
  if (!check.take(reason) || !check.whole()) return fail(kBadText, "it is no UTF-8", events);
  done_ = true;
  events.push_back({Event::Kind::Close, std::string(reason), code});
}

void Decoder::fail(std::uint16_t code, std::string_view why, std::vector<Event>& events) {
  done_ = true;
  message_ = std::string();
  left_ = 0;
  events.push_back({Event::Kind::Failure, std::string(why), code});
}

// ---- out ---------------------------------------------------------------------------------------

bool may_travel(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

void append_head(std::string& out, Opcode opcode, std::uint64_t size) {
  out += static_cast<char>(0x80 | static_cast<unsigned>(opcode));
  int extra = 0;
  if (size < 126) {
    out += static_cast<char>(size);
  } else {
    extra = size <= 0xffff ? 2 : 8;
    out += static_cast<char>(extra == 2 ? 126 : 127);
  }
  for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
  std::size_t size = std::min(reason.size(), kMostControl - 2);
  // Not in the middle of a character: the bytes that follow its first are 10xxxxxx.
  while (size > 0 && size < reason.size() &&
         (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80) {
    --size;
  }
  append_head(out, Opcode::Close, size + 2);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  out.append(reason.substr(0, size));
}

}  // namespace localfn::websocket
