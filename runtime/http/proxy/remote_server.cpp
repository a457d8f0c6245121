#include "runtime/http/proxy/remote_server.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/characters.h"
#include "runtime/http/proxy/answer_reader.h"
#include "runtime/http/proxy/dial.h"
#include "runtime/http/proxy/wait.h"

namespace localfn::http {
namespace {

constexpr milliseconds kConnect{10'000};
constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::size_t kMostBody = 32 * 1024 * 1024;

bool has(const wire::Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// What would make two requests of one, or none.
std::string problem_of(const LocalRequest& request) {
  if (!is_token(request.method)) return fmt::format("\"{}\" is no method", request.method);
  if (!all_inside(request.target, character_class::kTarget)) {
    return "the path has a character that must be written as %XX";
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return fmt::format("\"{}\" is no name of a header", name);
    if (!all_inside(value, character_class::kField)) {
      return fmt::format("the header {} has a control character", name);
    }
  }
  return {};
}

std::string head_of(const LocalRequest& request, const Origin& origin) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (!has(request.headers, "host")) head += "Host: " + origin.authority + "\r\n";
  if (!has(request.headers, "user-agent")) head += "User-Agent: localfn\r\n";
  if (!has(request.headers, "accept")) head += "Accept: */*\r\n";
  constexpr std::array<std::string_view, 4> kUsuallyWithBody = {"POST", "PUT", "PATCH", "DELETE"};
  const bool length = !request.body.empty() ||
                      std::find(kUsuallyWithBody.begin(), kUsuallyWithBody.end(), request.method) !=
                          kUsuallyWithBody.end();
  for (const auto& [name, value] : request.headers) {
    const bool framing = equal_ignoring_case(name, "connection") ||
                         equal_ignoring_case(name, "content-length") ||
                         equal_ignoring_case(name, "transfer-encoding");
    if (!framing) head += name + ": " + value + "\r\n";
  }
  if (length) head += fmt::format("Content-Length: {}\r\n", request.body.size());
  return head + "Connection: close\r\n\r\n";
}

/// One request over a stream that is there: writes while it reads, for a server may answer early.
class Conversation {
 public:
  Conversation(ByteStream& stream, std::string outgoing, bool to_head, Deadline deadline)
      : stream_(stream), outgoing_(std::move(outgoing)), reader_(to_head), deadline_(deadline) {}

  RemoteServer::Answered run() {
    std::string buffer(kBuffer, '\0');
    while (problem_.empty() && reader_.state() != AnswerReader::State::Done) {
      wanted_ = POLLIN;
      const bool sent = send();
      const bool moved = receive(buffer) || sent;
      if (!problem_.empty() || (moved && !deadline_.passed())) continue;
      if (moved || wait_for(stream_.fd(), wanted_, -1, 0, deadline_) == Waited::Late) {
        problem_ = "the answer was not complete in time";
      }
    }
    return result();
  }

 private:
  bool send() {
    if (broken_ || sent_ == outgoing_.size()) return false;
    std::size_t count = 0;
    const Step step = stream_.write(std::string_view(outgoing_).substr(sent_), count);
    sent_ += count;
    if (step == Step::WantWrite) wanted_ = POLLIN | POLLOUT;
    // It may have answered before it had read everything: that answer is still to be read.
    broken_ = step == Step::Ended || step == Step::Failed;
    return step == Step::Moved;
  }

  /// True when it is worth trying again at once.
  bool receive(std::string& buffer) {
    std::size_t count = 0;
    switch (stream_.read(buffer, count)) {
      case Step::Moved:
        take(std::string_view(buffer).substr(0, count));
        return true;
      case Step::WantRead:
        return false;
      case Step::WantWrite:
        wanted_ = POLLIN | POLLOUT;
        return false;
      case Step::Ended:
        if (reader_.end() == AnswerReader::State::Malformed) problem_ = reader_.problem();
        return true;
      case Step::Failed:
        problem_ = stream_.failure();
        return false;
    }
    return false;
  }

  void take(std::string_view bytes) {
    if (reader_.feed(bytes, body_) == AnswerReader::State::Malformed) {
      problem_ = reader_.problem();
    } else if (body_.size() > kMostBody) {
      problem_ = fmt::format("the answer has more than {} MiB", kMostBody / 1024 / 1024);
    }
  }

  RemoteServer::Answered result() {
    RemoteServer::Answered answered;
    wire::HeadFrame& head = reader_.head();
    answered.answer = {head.status, std::move(head.headers), std::move(body_), !problem_.empty()};
    answered.problem = std::move(problem_);
    return answered;
  }

  ByteStream& stream_;
  const std::string outgoing_;
  AnswerReader reader_;
  const Deadline deadline_;
  std::size_t sent_ = 0;
  bool broken_ = false;
  short wanted_ = 0;
  std::string body_;
  std::string problem_;
};

}  // namespace

RemoteServer::Answered RemoteServer::ask(const LocalRequest& request) {
  if (std::string problem = problem_of(request); !problem.empty()) return {{}, std::move(problem)};
  const Deadline deadline = Deadline::after(limit_);
  Dialled dialled = dial(origin_, tls_, sooner(deadline, Deadline::after(kConnect)), -1);
  if (!dialled.stream) return {{}, std::move(dialled.problem)};
  Conversation conversation(*dialled.stream, head_of(request, origin_) + request.body,
                            request.method == "HEAD", deadline);
  Answered answered = conversation.run();
  if (!answered.problem.empty()) {
    answered.problem = fmt::format("{} failed: {}", origin_.authority, answered.problem);
  }
  return answered;
}

}  // namespace localfn::http
