#include "runtime/base/wire.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace localfn::wire {
namespace {

// Payloads are sequences of fixed-size integers and length-prefixed strings.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  template <typename T>
  Encoder& operator<<(T value)
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Encoder& operator<<(std::string_view text) {
    *this << static_cast<std::uint32_t>(text.size());
    out_.append(text);
    return *this;
  }
  Encoder& operator<<(const std::string& text) { return *this << std::string_view(text); }
  Encoder& operator<<(const std::vector<std::string>& list) {
    *this << static_cast<std::uint32_t>(list.size());
    for (const auto& item : list) *this << item;
    return *this;
  }
  Encoder& operator<<(const Headers& list) {
    *this << static_cast<std::uint32_t>(list.size());
    for (const auto& [name, value] : list) *this << name << value;
    return *this;
  }

 private:
  std::string& out_;
};

// Reads what Encoder wrote. After the first short read everything yields zero and ok() is false.
class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}

  template <typename T>
  Decoder& operator>>(T& value)
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  {
    static_assert(!std::is_same_v<T, bool>, "read a byte and compare it");
    value = T{};
    if (const auto bytes = take(sizeof value); ok_) std::memcpy(&value, bytes.data(), sizeof value);
    return *this;
  }
  Decoder& operator>>(bool& value) {
    std::uint8_t byte = 0;
    *this >> byte;
    ok_ = ok_ && byte <= 1;
    value = byte == 1;
    return *this;
  }
  Decoder& operator>>(std::string_view& text) {
    std::uint32_t size = 0;
    *this >> size;
    text = take(size);
    return *this;
  }
  Decoder& operator>>(std::string& text) {
    std::string_view view;
    *this >> view;
    text = view;
    return *this;
  }
  Decoder& operator>>(std::vector<std::string>& list) {
    list.clear();
    std::uint32_t count = 0;
    *this >> count;
    // Each item takes at least its length prefix, so a huge count fails before it allocates.
    for (; ok_ && count > 0; --count) *this >> list.emplace_back();
    return *this;
  }
  Decoder& operator>>(Headers& list) {
    list.clear();
    std::uint32_t count = 0;
    *this >> count;
    list.reserve(std::min<std::size_t>(count, in_.size() / (2 * sizeof count)));
    for (; ok_ && count > 0; --count) {
      auto& [name, value] = list.emplace_back();
      *this >> name >> value;
    }
    return *this;
  }

  bool ok() const { return ok_; }

  /// True when everything was there and nothing is left over.
  bool done() const { return ok_ && in_.empty(); }

 private:
  std::string_view take(std::size_t bytes) {
    if (!ok_ || bytes > in_.size()) {
      ok_ = false;
      return {};
    }
    const auto part = in_.substr(0, bytes);
    in_.remove_prefix(bytes);
    return part;
  }

  std::string_view in_;
  bool ok_ = true;
};

Encoder& operator<<(Encoder& out, const Loaded& loaded) {
  return out << loaded.files << loaded.directories;
}
Decoder& operator>>(Decoder& in, Loaded& loaded) { return in >> loaded.files >> loaded.directories; }

Encoder& operator<<(Encoder& out, const Failure& failure) {
  return out << failure.error << failure.traceback << failure.file << failure.line
             << failure.source;
}
Decoder& operator>>(Decoder& in, Failure& failure) {
  return in >> failure.error >> failure.traceback >> failure.file >> failure.line >>
         failure.source;
}

Encoder& operator<<(Encoder& out, const std::vector<Observation>& list) {
  out << static_cast<std::uint32_t>(list.size());
  for (const auto& each : list) out << each.kind << each.text << each.line << each.column;
  return out;
}
Decoder& operator>>(Decoder& in, std::vector<Observation>& list) {
  list.clear();
  std::uint32_t count = 0;
  in >> count;
  for (; in.ok() && count > 0; --count) {
    auto& each = list.emplace_back();
    in >> each.kind >> each.text >> each.line >> each.column;
  }
  return in;
}

// Writes the header, lets `fill` append the payload, then puts the size in place.
template <typename Fill>
void framed(std::string& out, FrameType type, std::uint32_t invocation, std::uint8_t flags,
            const Fill& fill) {
  const std::size_t start = out.size();
  FrameHeader header{0, invocation, type, flags, 0};
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
  fill(Encoder(out));
  header.size = static_cast<std::uint32_t>(out.size() - start - sizeof header);
  std::memcpy(out.data() + start, &header, sizeof header);
}

/// More than a header and the lengths of a frame's strings take.
constexpr std::size_t kMostOverhead = 64;

template <typename Enum>
bool between(Enum value, Enum low, Enum high) {
  return value >= low && value <= high;
}

}  // namespace

void encode(std::string& out, const LoadFrame& frame) {
  framed(out, FrameType::Load, 0, 0, [&](Encoder to) {
    to << frame.root << frame.file << frame.variable << frame.environment << frame.port
       << frame.plain_path << frame.fresh_threads << frame.debug << frame.framework << frame.folder
       << frame.terminal << frame.post_mortem << frame.debugpy;
  });
}
bool decode(std::string_view payload, LoadFrame& frame) {
  Decoder from(payload);
  from >> frame.root >> frame.file >> frame.variable >> frame.environment >> frame.port >>
      frame.plain_path >> frame.fresh_threads >> frame.debug >> frame.framework >> frame.folder >>
      frame.terminal >> frame.post_mortem >> frame.debugpy;
  return from.done();
}

void encode(std::string& out, const RequestFrame& frame, std::uint32_t invocation, bool shared,
            bool upgrade) {
  const auto flags = static_cast<std::uint8_t>((shared ? kShared : 0) | (upgrade ? kUpgrade : 0));
  out.reserve(out.size() + kMostOverhead + frame.id.size() + frame.method.size() +
              frame.target.size() + frame.request_line.size() + frame.version.size() +
              frame.headers.size() + frame.body.size());
  framed(out, FrameType::Request, invocation, flags, [&](Encoder to) {
    to << frame.id << frame.method << frame.target << frame.request_line << frame.version
       << frame.headers << frame.body;
  });
}
bool decode(std::string_view payload, RequestFrame& frame) {
  Decoder from(payload);
  from >> frame.id >> frame.method >> frame.target >> frame.request_line >> frame.version >>
      frame.headers >> frame.body;
  return from.done();
}

void encode(std::string& out, const ReadyFrame& frame) {
  framed(out, FrameType::Ready, 0, 0,
         [&](Encoder to) {
           to << frame.init_us << frame.interface << frame.loaded << frame.packages
              << frame.outdated;
         });
}
bool decode(std::string_view payload, ReadyFrame& frame) {
  Decoder from(payload);
  from >> frame.init_us >> frame.interface >> frame.loaded >> frame.packages >> frame.outdated;
  return from.done() && between(frame.interface, Interface::Handler, Interface::Asgi);
}

void encode(std::string& out, const ImportFailedFrame& frame) {
  framed(out, FrameType::ImportFailed, 0, 0, [&](Encoder to) {
    to << frame.init_us << frame.failure << frame.loaded << frame.exit_code;
  });
}
bool decode(std::string_view payload, ImportFailedFrame& frame) {
  Decoder from(payload);
  from >> frame.init_us >> frame.failure >> frame.loaded >> frame.exit_code;
  return from.done();
}

void encode(std::string& out, const HeadFrame& frame, std::uint32_t invocation) {
  framed(out, FrameType::Head, invocation, 0,
         [&](Encoder to) { to << frame.status << frame.reason << frame.headers; });
}
bool decode(std::string_view payload, HeadFrame& frame) {
  Decoder from(payload);
  from >> frame.status >> frame.reason >> frame.headers;
  return from.done();
}

void encode(std::string& out, const BodyEndFrame& frame, std::uint32_t invocation) {
  if (frame.loaded.empty()) return encode_plain(out, FrameType::BodyEnd, invocation);
  framed(out, FrameType::BodyEnd, invocation, 0, [&](Encoder to) { to << frame.loaded; });
}
bool decode(std::string_view payload, BodyEndFrame& frame) {
  frame.loaded = {};
  if (payload.empty()) return true;
  Decoder from(payload);
  from >> frame.loaded;
  return from.done();
}

void encode(std::string& out, const EndFrame& frame, std::uint32_t invocation) {
  framed(out, FrameType::End, invocation, 0, [&](Encoder to) {
    to << frame.result << frame.streamed << frame.cut << frame.cpu_us << frame.peak_bytes
       << frame.failure << frame.loaded;
  });
}
bool decode(std::string_view payload, EndFrame& frame) {
  Decoder from(payload);
  from >> frame.result >> frame.streamed >> frame.cut >> frame.cpu_us >> frame.peak_bytes >>
      frame.failure >> frame.loaded;
  return from.done() && between(frame.result, Result::Complete, Result::BadResponse);
}

void encode(std::string& out, const LogFrame& frame, std::uint32_t invocation) {
  framed(out, FrameType::Log, invocation, 0,
         [&](Encoder to) { to << frame.stream << frame.level << frame.text; });
}
bool decode(std::string_view payload, LogFrame& frame) {
  Decoder from(payload);
  from >> frame.stream >> frame.level >> frame.text;
  return from.done() && between(frame.stream, Stream::Stdout, Stream::Stderr) &&
         between(frame.level, Level::None, Level::Fatal);
}

void encode(std::string& out, const TakenFrame& frame, std::uint32_t invocation) {
  framed(out, FrameType::Taken, invocation, 0, [&](Encoder to) { to << frame.bytes; });
}
bool decode(std::string_view payload, TakenFrame& frame) {
  Decoder from(payload);
  from >> frame.bytes;
  return from.done();
}

void encode_plain(std::string& out, FrameType type, std::uint32_t invocation,
                  std::string_view payload) {
  const FrameHeader header{static_cast<std::uint32_t>(payload.size()), invocation, type, 0, 0};
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(payload);
}

std::span<char> FrameReader::space(std::size_t at_least) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < at_least && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < at_least) buffer_.resize(end_ + at_least);
  return {buffer_.data() + end_, buffer_.size() - end_};
}

FrameReader::Next FrameReader::next(FrameHeader& header, std::string_view& payload) {
  if (pending() < sizeof header) return Next::NeedMore;
  std::memcpy(&header, buffer_.data() + begin_, sizeof header);
  if (header.size > max_payload_ || header.reserved != 0) return Next::Malformed;
  if (pending() - sizeof header < header.size) return Next::NeedMore;
  payload = {buffer_.data() + begin_ + sizeof header, header.size};
  begin_ += sizeof header + header.size;
  return Next::Frame;
}

std::string encode(const Lesson& lesson) {
  std::string bytes;
  Encoder(bytes) << lesson.root << lesson.environment << lesson.names;
  return bytes;
}

bool decode(std::string_view bytes, Lesson& lesson) {
  Decoder from(bytes);
  from >> lesson.root >> lesson.environment >> lesson.names;
  return from.done();
}

std::string encode(const ControlMessage& message) {
  std::string packet;
  Encoder(packet) << message.type << message.id << message.number << message.text
                  << message.entry.found << message.entry.variable << message.entry.line
                  << message.entry.reason << message.entry.syntax_error << message.entry.unreadable
                  << message.entry.facts << message.entry.imports << message.entry.observations;
  return packet;
}

bool decode(std::string_view packet, ControlMessage& message) {
  Decoder from(packet);
  from >> message.type >> message.id >> message.number >> message.text >> message.entry.found >>
      message.entry.variable >> message.entry.line >> message.entry.reason >>
      message.entry.syntax_error >> message.entry.unreadable >> message.entry.facts >>
      message.entry.imports >> message.entry.observations;
  return from.done();
}

}  // namespace localfn::wire
