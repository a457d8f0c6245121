#include "runtime/cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <mutex>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/clock.h"
#include "runtime/base/ticker.h"
#include "runtime/cli/layout.h"

namespace localfn::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m", kDim = "\x1b[2m", kRed = "\x1b[31m",
                           kGreen = "\x1b[32m", kYellow = "\x1b[33m", kCyan = "\x1b[36m";

struct Output {
  int fd;
  bool terminal;
  bool colours;
};

Output look_at(int fd) {
  const bool terminal = ::isatty(fd) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return {fd, terminal, terminal && !dumb && (no_color == nullptr || *no_color == '\0')};
}

std::size_t width_of(const Output& output) {
  if (!output.terminal) return 0;
  winsize size{};
  if (::ioctl(output.fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return 80;
  return size.ws_col;
}

// Partial writes happen on pipes. An unreadable output must not end the server: the rest is lost.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// Control characters of a request or a function must not steer the reader's terminal.
void append_printable(std::string& line, std::string_view text) {
  if (!has_control(text)) {
    line.append(text);
    return;
  }
  for (const char c : text) {
    if (is_control(c)) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
}

// Blanks up to `width` columns for what the line has from `begin` on.
void pad(std::string& line, std::size_t begin, std::size_t width) {
  const std::size_t used = columns(std::string_view(line).substr(begin));
  if (used < width) line.append(width - used, ' ');
}

// In integers and without a format string: it is a part of every access line.
std::string duration(microseconds time) {
  const auto us = time.count();
  if (us >= 10'000 && us < 10'000'000) return std::to_string((us + 500) / 1000) + " ms";
  const bool short_time = us < 10'000;
  const auto tenths = short_time ? (us + 50) / 100 : (us + 50'000) / 100'000;
  std::string text = std::to_string(tenths / 10);
  text += '.';
  text += static_cast<char>('0' + tenths % 10);
  return text += short_time ? " ms" : " s";
}

void append(std::string& line, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts) line.append(part);
}

std::string_view colour_of(int status) {
  if (status >= 500 || status == 0) return kRed;
  if (status >= 400) return kYellow;
  if (status >= 300) return kCyan;
  return kGreen;
}

std::string_view colour_of(wire::Level level) {
  switch (level) {
    case wire::Level::Debug: return kDim;
    case wire::Level::Warning: return kYellow;
    case wire::Level::Error:
    case wire::Level::Fatal: return kRed;
    case wire::Level::Info:
    case wire::Level::None: break;
  }
  return {};
}

// What stands behind the function's name: why it was slow or went wrong.
std::string remarks(const Record& record) {
  std::string text;
  if (!record.code.empty()) text = record.code;
  if (record.cold) {
    text += text.empty() ? "" : "  ";
    text += "cold";
    if (record.init.count() > 0) text += " " + duration(record.init);
  }
  return text;
}

// api/hello.py is "hello", api/users/index.py "users/index": short, and still tells them apart.
std::string short_name(std::string_view file) {
  if (file.starts_with("api/")) file.remove_prefix(4);
  if (file.ends_with(".py")) file.remove_suffix(3);
  return std::string(file);
}

// Nobody reads faster, and a write for each line costs a tenth of a short request.
constexpr std::chrono::milliseconds kLongestDelay{10};
constexpr std::size_t kMostDelayed = 32 * 1024;
// While a debugger has the terminal.
constexpr std::size_t kMostHeld = 4 * 1024 * 1024;

constexpr std::size_t kTimeColumns = 10;  // "12:04:31  "
constexpr std::size_t kMethodColumn = 4;
constexpr std::size_t kLeastPath = 10;
constexpr std::size_t kPathColumn = 24;
constexpr std::size_t kMostPath = 48;
constexpr std::size_t kDurationColumns = 7;
constexpr std::size_t kUsualLine = 128;  // bytes

// The path gives way first, then the file.
void append_fitted(std::string& line, const Record& record, std::size_t room, std::size_t column,
                   std::string& file) {
  if (columns(file) + kLeastPath > room) {
    file = cut(file, std::max<std::size_t>(room - kLeastPath, 1));
  }
  const std::size_t left = std::min<std::size_t>(room - columns(file), kMostPath);
  const std::size_t begin = line.size();
  std::string path;
  append_printable(path, record.path);
  line += cut(path, left);
  pad(line, begin, std::min(left, column));
}

// Every request has one; it is written in place. Method, status, duration and remark are never cut.
void append_access_line(std::string& line, const Record& record, std::size_t width) {
  const std::string tail = remarks(record);
  const std::string time = duration(record.wall);
  const std::size_t time_columns = std::max(time.size(), kDurationColumns);
  std::string file = record.function;
  const std::size_t begin = line.size();
  append_printable(line, record.method);
  pad(line, begin, kMethodColumn);
  line += ' ';
  const std::size_t method = columns(std::string_view(line).substr(begin));
  // What a long one (OPTIONS) takes is not there for the path, so that the status stays in its place.
  const std::size_t column =
      kPathColumn - std::min(method - kMethodColumn - 1, kPathColumn - kLeastPath);
  if (width > 0) {
    const std::size_t fixed = kTimeColumns + method + 2 + 3 + 2 + time_columns +
                              (tail.empty() ? 0 : 2 + columns(tail)) + (file.empty() ? 0 : 2);
    append_fitted(line, record, std::max(width, fixed + kLeastPath) - fixed, column, file);
  } else {
    const std::size_t path = line.size();
    append_printable(line, record.path);
    pad(line, path, column);
  }
  append(line, {"  ", record.status == 0 ? "---" : std::to_string(record.status), "  "});
  line.append(time_columns - time.size(), ' ').append(time);
  if (!file.empty()) append(line, {"  ", file});
  if (!tail.empty()) append(line, {"  ", tail});
}

}  // namespace

std::string join_words(const std::vector<std::string>& words, std::size_t most) {
  std::string text;
  const std::size_t shown = words.size() > most ? most - 1 : words.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  if (shown < words.size()) text += fmt::format(" and {} more", words.size() - shown);
  return text;
}

std::string access_line(const Record& record, std::size_t width) {
  std::string line;
  append_access_line(line, record, width);
  return line;
}

class Console::State {
 public:
  explicit State(LogFormat log_format)
      : format(log_format), out(look_at(STDOUT_FILENO)), err(look_at(STDERR_FILENO)) {}

  ~State() { drain(); }

  std::string_view paint(const Output& output, std::string_view colour) const {
    return output.colours ? colour : std::string_view();
  }

  // Asking the C library for the local time at every request costs more than the line itself.
  std::string time_of_day() {
    const std::lock_guard lock(clock_mutex);
    const std::time_t now = std::time(nullptr);
    if (now != cached_second) {
      cached_second = now;
      cached_time = local_time_of_day();
    }
    return cached_time;
  }

  /// Takes whole lines. They leave in the order of the calls, which matters where both outputs are
  /// the same terminal. `now`: before this returns.
  void write(const Output& output, std::string lines, bool now = false) {
    {
      const std::lock_guard lock(mutex);
      if (held && output.terminal) return keep(output.fd, lines);
      waiting_bytes += lines.size();
      if (!waiting.empty() && waiting.back().fd == output.fd) {
        waiting.back().lines += lines;
      } else {
        waiting.push_back({output.fd, std::move(lines)});
      }
      if (ticker.busy() && waiting_bytes < kMostDelayed && !now) return;
    }
    drain();
  }

  // Who only adds a line never waits for the kernel.
  void drain() {
    const std::lock_guard in_order(writing);
    std::vector<Chunk> chunks;
    {
      const std::lock_guard lock(mutex);
      chunks.swap(waiting);
      waiting_bytes = 0;
    }
    for (const Chunk& chunk : chunks) write_all(chunk.fd, chunk.lines);
  }

  void hold(bool on) {
    if (on) {
      {
        const std::lock_guard lock(mutex);
        held = true;
      }
      return drain();  // what was there before stands above the debugger's first line
    }
    {
      const std::lock_guard lock(mutex);
      held = false;
      // Before anything that has come since.
      waiting.insert(waiting.begin(), kept.begin(), kept.end());
      kept.clear();
      kept_bytes = 0;
    }
    drain();
    if (const auto count = std::exchange(lost, 0); count > 0) {
      say("warning", "warning: ", kYellow,
          fmt::format("{} more lines of output came while a debugger was open", count));
    }
  }

  /// A message, at once. `mark` stands before it in the text format.
  void say(std::string_view level, std::string_view mark, std::string_view colour,
           std::string_view text) {
    if (format == LogFormat::Json) return write(out, message_to_json(level, text) + "\n", true);
    write(err, fmt::format("{}{}{}{}\n", paint(err, colour), mark, paint(err, kReset), text), true);
  }

  void say_as_it_is(std::string_view level, std::string_view text) {
    if (format == LogFormat::Json) return say(level, "", "", text);
    plain(text);
  }
  void plain(std::string_view text) { write(err, std::string(text) + "\n", true); }

  const LogFormat format;
  const Output out;
  const Output err;

 private:
  struct Chunk {
    int fd;
    std::string lines;
  };

  // With the mutex held.
  void keep(int fd, const std::string& lines) {
    if (kept_bytes + lines.size() > kMostHeld) {
      lost += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
      return;
    }
    kept_bytes += lines.size();
    if (kept.empty() || kept.back().fd != fd) kept.push_back({fd, {}});
    kept.back().lines += lines;
  }

  bool held = false;  ///< these four: while a debugger has the terminal
  std::vector<Chunk> kept;
  std::size_t kept_bytes = 0;
  std::size_t lost = 0;  ///< lines

  std::mutex clock_mutex;
  std::time_t cached_second = 0;
  std::string cached_time;
  std::mutex writing;  ///< taken before `mutex`
  std::mutex mutex;
  std::vector<Chunk> waiting;
  std::size_t waiting_bytes = 0;
  // Last, so that its thread ends before what it writes goes.
  Ticker ticker{kLongestDelay, [this] { drain(); }};
};

Console::Console(LogFormat format) : state_(std::make_unique<State>(format)) {}
Console::~Console() = default;

void Console::note(std::string_view text) { state_->say("info", "localfn: ", kDim, text); }
void Console::warning(std::string_view text) {
  state_->say("warning", "warning: ", kYellow, text);
}
void Console::error(std::string_view text) { state_->say("error", "error: ", kRed, text); }
void Console::problem(std::string_view text) { state_->say_as_it_is("error", text); }
void Console::mended(std::string_view text) { state_->say_as_it_is("info", text); }
void Console::plain(std::string_view text) { state_->plain(text); }

void Console::hold(bool on) { state_->hold(on); }

void Console::access(const Record& record, const std::vector<std::string>& explanation) {
  State& s = *state_;
  std::string text;
  if (s.format == LogFormat::Json) return s.write(s.out, to_json(record, explanation) + "\n");
  text.reserve(kUsualLine);
  append(text, {s.paint(s.err, kDim), s.time_of_day(), s.paint(s.err, kReset), "  ",
                s.paint(s.err, colour_of(record.status))});
  append_access_line(text, record, width_of(s.err));
  append(text, {s.paint(s.err, kReset), "\n"});
  for (const auto& each : explanation) text += "  " + each + "\n";
  s.write(s.err, std::move(text));
}

void Console::function_line(const LogLine& line) {
  State& s = *state_;
  if (s.format == LogFormat::Json) {
    s.write(s.out, to_json(line) + "\n");
    return;
  }
  const Output& output = line.stream == wire::Stream::Stdout ? s.out : s.err;
  if (!output.terminal) {
    s.write(output, line.text + "\n");
    return;
  }
  const auto colour = s.paint(output, colour_of(line.level));
  s.write(output, fmt::format("{}{}       {}:{} {}{}{}\n", s.paint(output, kDim), s.time_of_day(),
                              short_name(line.function), s.paint(output, kReset), colour,
                              line.text, colour.empty() ? colour : kReset));
}

void Console::edit(const std::vector<std::string>& edited,
                   const std::vector<std::string>& restarted) {
  State& s = *state_;
  if (edited.empty() || restarted.empty()) return;
  const std::string files = join_words(edited);
  const std::string effect =
      fmt::format("{} start{} anew", join_words(restarted), restarted.size() == 1 ? "s" : "");
  if (s.format == LogFormat::Json) {
    return s.say("info", "", "", fmt::format("edit {}: {}", files, effect));
  }
  s.write(s.err, fmt::format("{}{}{}  edit {}  {}\n", s.paint(s.err, kDim), s.time_of_day(),
                             s.paint(s.err, kReset), padded(files, 24), effect));
}

}  // namespace localfn::cli
