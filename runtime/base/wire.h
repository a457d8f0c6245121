// What host, zygote and instance say to each other. The only thing runtime/ and bindings/ share.
//
// Two kinds of connection:
//   channel   host ⇄ instance, SOCK_STREAM: frames of a 12-byte header and a payload. Parts of this
//             stream may go by shared memory (runtime/base/slots.h).
//   control   host ⇄ zygote, SOCK_SEQPACKET: one message a packet, descriptors by SCM_RIGHTS.
//
// Both processes are built from the same sources and run on the same machine, so integers travel in
// host byte order. Everything that arrives is bounds-checked: a malformed frame makes decode()
// return false and condemns the instance, never the host. Pure: no input or output here.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localfn::wire {

// ---- frames on a channel ---------------------------------------------------------------------

enum class FrameType : std::uint8_t {
  // host → instance
  Load = 1,     ///< once, first: what to import and how (LoadFrame)
  Request = 2,  ///< one invocation (RequestFrame)
  Cancel = 3,   ///< the client of this invocation has gone; no payload
  Stop = 4,     ///< finish what runs, run atexit callbacks, leave; no payload
  Taken = 5,    ///< how many more bytes of this body have gone on (TakenFrame); ASGI only
  Slots = 6,    ///< from here on frames may go by shared memory (runtime/base/slots.h), whose
                ///< descriptor comes along by SCM_RIGHTS; once, not to event loops; no payload
  // instance → host
  Ready = 16,         ///< once: the function is imported (ReadyFrame)
  ImportFailed = 17,  ///< once, instead of Ready; the instance exits (ImportFailedFrame)
  Head = 18,          ///< status and headers of the answer (HeadFrame); at most once an invocation
  Body = 19,          ///< bytes of the answer's body, as they are; after Head
  End = 20,           ///< the invocation is over (EndFrame); only Log and Stack may follow for it
  Log = 21,  ///< a write to sys.stdout/sys.stderr or a logging record; of no invocation: 0 (LogFrame)
  Streams = 22,  ///< the function flushed while writing: its answer is no buffered one; no payload
  Stack = 23,    ///< where an invocation is at the moment, as text; on kShowStackSignal. 0: the import
  BodyEnd = 24,  ///< the answer is whole, though the invocation may still run (BodyEndFrame)
  Upgraded = 25,  ///< instead of Head: the client's connection is the function's own; no payload
  Stopped = 26,  ///< a thread of it stands still in a debugger: no deadline runs; no payload
  Resumed = 27,  ///< one that did goes on; as many as Stopped, invocation 0 in both; no payload
};

struct FrameHeader {
  std::uint32_t size = 0;        ///< payload bytes that follow
  std::uint32_t invocation = 0;  ///< 0 where the frame belongs to none
  FrameType type{};
  std::uint8_t flags = 0;        ///< Request: kShared, kUpgrade
  std::uint16_t reserved = 0;
};
static_assert(sizeof(FrameHeader) == 12);

/// Request flag: other invocations may be sent before this one ends, so the instance must keep a
/// thread reading the channel. Without it the thread that reads the request may run it itself.
inline constexpr std::uint8_t kShared = 1;

/// Request flag: the client asks for a WebSocket. Its connection comes along, one descriptor by
/// SCM_RIGHTS with the first byte of the frame; `body` is what the client has sent after its head.
inline constexpr std::uint8_t kUpgrade = 2;

/// The signal (queued to the instance's main thread with pidfd_send_signal, as SIGRTMIN +
/// kReadAgainSignal) that asks an instance which is running an unshared invocation to put a thread
/// on its channel: the host is about to share it.
inline constexpr int kReadAgainSignal = 5;

/// The same for the question where its invocations are: it sends a Stack frame for each.
inline constexpr int kShowStackSignal = 6;

/// The same for the question where its import is: it sends a Stack frame of invocation 0. It ends
/// the process before and after the import, so it is for what is to be ended anyway.
inline constexpr int kShowImportSignal = 7;

/// The signal that an instance sends to the host's process when it writes a Log frame while the host
/// waits for none of its invocations: nobody reads its frames then. A process that does not expect
/// it ignores it, and several in a row are one.
inline constexpr int kUnreadSignal = SIGURG;

/// Largest payload in either direction: a whole request (4.5 MB body and 46 KB of head) fits.
inline constexpr std::uint32_t kMaxToInstance = 6u << 20;
/// Instances send bodies in pieces of at most this; a larger frame is malformed.
inline constexpr std::uint32_t kMaxToHost = 1u << 20;

using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;  ///< in order, duplicates kept, names in the sender's case

/// What an instance is to become. Sent by the host as the first frame.
struct LoadFrame {
  std::string root;      ///< absolute path of the project: cwd and sys.path[0]
  std::string file;      ///< relative to root, with slashes: "api/users/[id].py"
  std::string variable;  ///< the top-level name found statically: "handler", "Handler", "app", …
  std::vector<std::pair<std::string, std::string>> environment;  ///< complete: nothing is inherited
  std::uint16_t port = 0;     ///< of the server, for `self.server.server_port`
  bool plain_path = false;    ///< never use the fast path of the handler adapter
  bool fresh_threads = false;  ///< not of ASGI: no thread runs two invocations
  bool debug = false;         ///< keep runtime frames in tracebacks
  std::string framework;      ///< whose app it is: "django"; empty: a function
  std::string folder;         ///< relative to root: on sys.path as well; empty: none
  /// Where the host hands out its terminal to debuggers, and what kind it is: "NAME TERM", an abstract
  /// socket's name without its NUL (runtime/cli/terminal_desk.h). Empty: there is none.
  std::string terminal;
  bool post_mortem = false;   ///< an exception of the function opens the debugger
  std::uint16_t debugpy = 0;  ///< let editors attach here, or at the next free port; 0: no
};

/// One request, already routed. The views point into the frame or the connection's buffer.
struct RequestFrame {
  std::string_view id;            ///< x-vercel-id's last part, for logs
  std::string_view method;        ///< as sent
  std::string_view target;        ///< path and query as the function shall see them
  std::string_view request_line;  ///< as sent, without its CRLF
  std::string_view version;       ///< "HTTP/1.1"
  std::string_view headers;       ///< lines "Name: value\r\n" in order, no empty line at the end
  std::string_view body;          ///< whole, de-chunked
};

enum class Interface : std::uint8_t { Handler = 1, Wsgi = 2, Asgi = 3 };

/// Which project files the instance depends on: absolute paths. `directories` were listed.
struct Loaded {
  std::vector<std::string> files;
  std::vector<std::string> directories;

  bool empty() const { return files.empty() && directories.empty(); }
};

struct ReadyFrame {
  std::uint32_t init_us = 0;  ///< from the Load frame to here
  Interface interface = Interface::Handler;
  Loaded loaded;
  /// Modules of installed packages that it has imported itself, in order: what a zygote may learn.
  std::vector<std::string> packages = {};
  /// The learned zygote that it was forked from knows them as they were once: files have changed
  /// since, or the environment has.
  bool outdated = false;
};

/// An exception of user code, as text made in the instance.
struct Failure {
  std::string error;      ///< last line of the traceback: "ValueError: boom"
  std::string traceback;  ///< for people: project frames only unless LoadFrame::debug, see below
  std::string file;       ///< innermost project frame, relative to the project; may be empty
  std::uint32_t line = 0;
  std::string source;     ///< that line, stripped
};
// The traceback's form, project's innermost frame first:
//   ValueError: boom
//     api/boom.py:7  do_GET
//       raise ValueError("boom")
// Chained exceptions follow as "caused by: …" / "while handling: …" blocks of the same form.

struct ImportFailedFrame {
  std::uint32_t init_us = 0;
  Failure failure;
  Loaded loaded;
  std::int32_t exit_code = 1;  ///< what SystemExit said, else 1
};

struct HeadFrame {
  std::uint16_t status = 0;
  std::string reason;
  Headers headers;  ///< all of them, Server and Date included, as the function sent them
};

enum class Result : std::uint8_t {
  Complete = 1,      ///< a whole answer was sent
  Raised = 2,        ///< an exception left the function; `failure` tells; a Head may have gone out
  NoResponse = 3,    ///< returned without a (finished) head: nothing was sent
  BadResponse = 4,   ///< what it wrote is not HTTP; `failure.error` says what was wrong
};

struct BodyEndFrame {
  Loaded loaded;  ///< what End would tell; no payload at all where there is nothing
};

struct EndFrame {
  Result result = Result::Complete;
  bool streamed = false;  ///< flush() was called before the method returned (or its WSGI/ASGI kin)
  bool cut = false;       ///< the answer lacks its end, and the client must see that it does
  /// CPU time of the whole process during the invocation; of a short one the time that it took.
  std::uint64_t cpu_us = 0;
  std::uint64_t peak_bytes = 0;  ///< high-water mark of resident memory, at most a millisecond old
  Failure failure;               ///< for Raised and BadResponse
  Loaded loaded;                 ///< project files imported since BodyEnd, or the beginning
};

enum class Stream : std::uint8_t { Stdout = 1, Stderr = 2 };

/// Of a logging record, in the platform's five steps; None: it was written to the stream itself.
enum class Level : std::uint8_t { None, Debug, Info, Warning, Error, Fatal };

/// One write of Python code: any bytes, whole lines or not. The host assembles lines.
struct LogFrame {
  Stream stream = Stream::Stdout;
  std::string_view text;
  Level level = Level::None;
};

/// Body bytes that an ASGI app may have sent without having heard of their fate: its send() waits
/// then, so that a slow client neither fills the host's memory nor holds up the instance.
inline constexpr std::uint32_t kMostUntaken = 256 * 1024;
/// The host tells of this many at a time.
inline constexpr std::uint32_t kTakenStep = 64 * 1024;

struct TakenFrame {
  std::uint32_t bytes = 0;
};

/// Each encode_* appends a whole frame (header and payload) to `out`.
void encode(std::string& out, const LoadFrame& frame);
void encode(std::string& out, const RequestFrame& frame, std::uint32_t invocation, bool shared,
            bool upgrade = false);
void encode(std::string& out, const ReadyFrame& frame);
void encode(std::string& out, const ImportFailedFrame& frame);
void encode(std::string& out, const HeadFrame& frame, std::uint32_t invocation);
void encode(std::string& out, const BodyEndFrame& frame, std::uint32_t invocation);
void encode(std::string& out, const EndFrame& frame, std::uint32_t invocation);
void encode(std::string& out, const LogFrame& frame, std::uint32_t invocation);
void encode(std::string& out, const TakenFrame& frame, std::uint32_t invocation);
/// A frame without payload (Cancel, Stop, Streams, Upgraded, Stopped, Resumed), or a Body frame with
/// `payload` as it is.
void encode_plain(std::string& out, FrameType type, std::uint32_t invocation,
                  std::string_view payload = {});

/// Each decode reads one payload; false when it is malformed (the struct is then unspecified).
bool decode(std::string_view payload, LoadFrame& frame);
bool decode(std::string_view payload, RequestFrame& frame);
bool decode(std::string_view payload, ReadyFrame& frame);
bool decode(std::string_view payload, ImportFailedFrame& frame);
bool decode(std::string_view payload, HeadFrame& frame);
bool decode(std::string_view payload, BodyEndFrame& frame);
bool decode(std::string_view payload, EndFrame& frame);
bool decode(std::string_view payload, LogFrame& frame);
bool decode(std::string_view payload, TakenFrame& frame);

/// Cuts frames out of a byte stream. Owned by whoever reads one channel; not thread-safe.
///
///   reader.space() → read() into it → reader.filled(n) → while (next(...) == Frame) …
class FrameReader {
 public:
  enum class Next { Frame, NeedMore, Malformed };

  explicit FrameReader(std::uint32_t max_payload) : max_payload_(max_payload) {}

  /// Room for at least `at_least` bytes at the end of the buffer. Invalidates earlier payloads.
  std::span<char> space(std::size_t at_least = 64 * 1024);
  void filled(std::size_t bytes) { end_ += bytes; }

  /// The next whole frame. `payload` is valid until space() is called.
  Next next(FrameHeader& header, std::string_view& payload);

  /// Bytes that have arrived but belong to no whole frame yet.
  std::size_t pending() const { return end_ - begin_; }

 private:
  std::uint32_t max_payload_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// ---- messages on the control socket ----------------------------------------------------------

enum class ControlType : std::uint8_t {
  // host → zygote
  Spawn = 1,  ///< fork instance `id`; 3 descriptors: channel, stdout, stderr (the instance's ends)
  Kill = 2,   ///< killpg(SIGKILL) the instance `id`, and reap it
  Scan = 3,   ///< parse `path` and report its entry point
  Inspect = 4,  ///< the same, with Entry::observations
  Learn = 5,  ///< fork a learned zygote; 2 descriptors: its control socket, a file with the Lesson
  // zygote → host
  Hello = 16,      ///< once: the interpreter is up (`text` = "3.11.2", `number` = pid)
  Spawned = 17,    ///< from the instance itself: `number` = pid; 1 descriptor: its pidfd
  SpawnFailed = 18,  ///< `text` = reason
  Exited = 19,     ///< `number` = raw wait status
  Scanned = 20,    ///< `entry` tells
  // learned zygote → host, on a control socket of its own, where Hello brings its pidfd
  Trying = 21,     ///< it is about to import `text`
  Refused = 22,    ///< importing `text` did what a zygote must not; `entry.reason` says what. It ends
  Learned = 23,    ///< it takes Spawn and Kill from here on; `number` = how many modules it has
};

/// One thing that a file says or does, found by parsing it: for `localfn check`.
struct Observation {
  std::string kind;  ///< see bindings/python/observe.py
  std::string text;
  std::uint32_t line = 0;    ///< from 1
  std::uint32_t column = 0;  ///< from 1, in characters
};

/// What a file is, found by parsing it (specification: the first matching top-level statement).
struct Entry {
  bool found = false;
  std::string variable;  ///< as written: "handler", "Handler", "app", "application"
  std::uint32_t line = 0;
  /// When nothing was found: why, for people. "line 3 defines `def handler(event, context)`; …"
  std::string reason;
  bool syntax_error = false;
  bool unreadable = false;
  /// What leads to the app of a Django project, in the file's order: "settings" and "default
  /// settings" (the module that DJANGO_SETTINGS_MODULE is set to), "wsgi" and "asgi" (the string
  /// WSGI_APPLICATION or ASGI_APPLICATION; empty: no string), "star" (the module of a
  /// `from … import *`, with its leading dots).
  std::vector<std::pair<std::string, std::string>> facts;
  /// What the file's top-level statements import, outermost names, without the standard library and
  /// what a `try` guards.
  std::vector<std::string> imports;
  std::vector<Observation> observations;  ///< in the file's order; answers Inspect only
};

struct ControlMessage {
  ControlType type{};
  std::uint32_t id = 0;
  std::int64_t number = 0;
  std::string text;  ///< Scan and Inspect: the absolute path
  Entry entry;
};

/// What a learned zygote is to import, and the function's surroundings at the import.
struct Lesson {
  std::string root;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> names;  ///< modules, in the order in which an instance imported them
};

std::string encode(const Lesson& lesson);
bool decode(std::string_view bytes, Lesson& lesson);

inline constexpr std::size_t kMaxControl = 64 * 1024;

std::string encode(const ControlMessage& message);
bool decode(std::string_view packet, ControlMessage& message);

}  // namespace localfn::wire
