// The frames of a WebSocket (RFC 6455), the server's half: bytes of a client → messages, and back.
//
// Pure: no socket, no Python, no clock. One Decoder for each connection, used by one thread. What a
// client sends against the rules becomes a Failure event with the code that its connection is to be
// closed with; no byte sequence makes it throw anything but std::bad_alloc, nor hold more than the
// largest message. Extensions are not negotiated, so reserved bits are an error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace localfn::websocket {

/// The largest message that is taken, as on the platform.
inline constexpr std::size_t kMostBytes = 16u << 20;

enum class Opcode : std::uint8_t {
  Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10
};

/// 5.5: why a connection ends. 1005 (the Close frame had no code) never travels.
enum Code : std::uint16_t {
  kNormal = 1000, kProtocolError = 1002, kNoCode = 1005, kBadText = 1007, kTooBig = 1009
};

struct Event {
  enum class Kind : std::uint8_t { Text, Binary, Ping, Pong, Close, Failure };

  Kind kind{};
  std::string data;        ///< the message, the payload of a ping or pong, or the reason
  std::uint16_t code = 0;  ///< of Close (kNoCode: it had none) and Failure
};

/// Whether bytes that come in pieces are UTF-8 (RFC 3629: no surrogates, nothing overlong).
class Utf8Check {
 public:
  bool take(std::string_view bytes);         ///< false: it cannot become UTF-8 any more
  bool whole() const { return left_ == 0; }  ///< no character is unfinished

 private:
  bool lead(unsigned char byte);

  unsigned left_ = 0;  ///< bytes that the character still lacks
  unsigned char low_ = 0x80, high_ = 0xbf;  ///< between which the next one must lie
};

class Decoder {
 public:
  explicit Decoder(std::size_t most = kMostBytes) : most_(most) {}

  /// Takes the next bytes of the client and appends what they complete. After a Close or a Failure
  /// everything that follows is dropped.
  void feed(std::string_view bytes, std::vector<Event>& events);

  bool done() const { return done_; }

 private:
  bool take_header(std::string_view& bytes, std::vector<Event>& events);
  bool begin_frame(std::vector<Event>& events);
  void take_payload(std::string_view& bytes, std::vector<Event>& events);
  void end_frame(std::vector<Event>& events);
  void end_message(std::vector<Event>& events);
  void end_control(std::vector<Event>& events);
  void end_close(std::vector<Event>& events);
  void fail(std::uint16_t code, std::string_view why, std::vector<Event>& events);
  std::size_t header_size() const;
  bool control() const { return opcode_ >= Opcode::Close; }

  const std::size_t most_;
  std::array<unsigned char, 14> header_{};
  std::size_t have_ = 0;      ///< bytes of the header
  bool in_payload_ = false;
  Opcode opcode_{};           ///< of this frame
  bool last_ = false;         ///< FIN
  std::uint64_t left_ = 0;    ///< payload bytes to come
  std::array<char, 4> mask_{};
  std::size_t mask_at_ = 0;
  Opcode message_opcode_ = Opcode::Continuation;  ///< Continuation: no message has begun
  std::string message_;
  std::string control_;
  Utf8Check text_;
  bool done_ = false;
};

/// Whether a Close frame may carry this code (7.4).
bool may_travel(std::uint16_t code);

/// Appends the head of an unmasked, final frame with `size` bytes of payload.
void append_head(std::string& out, Opcode opcode, std::uint64_t size);

/// Appends a whole Close frame. A reason that is too long is shortened to whole characters.
void append_close(std::string& out, std::uint16_t code, std::string_view reason);

}  // namespace localfn::websocket
