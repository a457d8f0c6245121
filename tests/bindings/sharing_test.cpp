// Several invocations in one instance, and what an instance does while one of them is stuck.
#include <csignal>

#include "tests/bindings/support/worker_under_test.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

constexpr bool kIsShared = true;

// Requests to /wait end when one to /go has come: only instances that run both can answer.
constexpr const char* kMeeting = R"(
import threading, time
from http.server import BaseHTTPRequestHandler

go = threading.Event()
both = threading.Barrier(2, timeout=10)

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/wait":
            go.wait(10)
        elif self.path == "/go":
            go.set()
        elif self.path == "/meet":
            both.wait()
        elif self.path == "/print":
            print("waiting")
            go.wait(10)
        self.send_response(200)
        self.end_headers()
        thread = threading.current_thread()
        self.wfile.write(f"{go.is_set()} {thread.name}".encode())
        if self.path == "/late":
            go.wait(10)
        if self.path == "/stream":
            while True:
                self.wfile.write(b"x")
                time.sleep(0.001)
)";

struct Meeting {
  Meeting() {
    project.write("api/x.py", kMeeting);
    instance = worker.start(project, "api/x.py");
    instance.ready();
  }
  TempProject project;
  WorkerUnderTest worker;
  InstanceUnderTest instance;
};

}  // namespace

TEST_CASE("shared requests run at the same time", "[sharing]") {
  Meeting meeting;
  meeting.instance.request(1, "/meet", kIsShared);
  meeting.instance.request(2, "/meet", kIsShared);
  CHECK(meeting.instance.answer(1).head.status == 200);
  CHECK(meeting.instance.answer(2).head.status == 200);
}

TEST_CASE("many shared requests run at the same time, again and again", "[sharing]") {
  Meeting meeting;
  std::uint32_t id = 0;
  for (int round = 0; round < 5; ++round) {
    const auto first = id + 1;
    for (int i = 0; i < 20; ++i) meeting.instance.request(++id, "/meet", kIsShared);
    for (auto each = first; each <= id; ++each) {
      CHECK(meeting.instance.answer(each).head.status == 200);
    }
  }
  CHECK(meeting.instance.get(++id, "/").head.status == 200);
}

TEST_CASE("the read-again signal puts a thread on the channel of a busy instance", "[sharing]") {
  Meeting meeting;
  meeting.instance.request(1, "/print");
  // The invocation is known to run when its output arrives.
  const auto log = meeting.instance.next();
  CHECK(log.header.type == wire::FrameType::Log);
  meeting.instance.signal(SIGRTMIN + wire::kReadAgainSignal);
  meeting.instance.request(2, "/go", kIsShared);
  CHECK(meeting.instance.answer(2).head.status == 200);
  CHECK(meeting.instance.answer(1).head.status == 200);
}

TEST_CASE("the signal may come before the request it was sent for", "[sharing]") {
  Meeting meeting;
  meeting.instance.signal(SIGRTMIN + wire::kReadAgainSignal);
  meeting.instance.request(1, "/wait");
  meeting.instance.signal(SIGRTMIN + wire::kReadAgainSignal);
  meeting.instance.request(2, "/go", kIsShared);
  CHECK(meeting.instance.answer(2).head.status == 200);
  CHECK(meeting.instance.answer(1).head.status == 200);
}

TEST_CASE("a request that arrived together with a running one is read after promotion",
          "[sharing]") {
  Meeting meeting;
  std::string both;
  for (const auto& [id, target] : {std::pair<std::uint32_t, const char*>{1, "/wait"}, {2, "/go"}}) {
    wire::RequestFrame frame;
    const auto line = std::string("GET ") + target + " HTTP/1.1";
    frame.method = "GET";
    frame.target = target;
    frame.request_line = line;
    frame.version = "HTTP/1.1";
    wire::encode(both, frame, id, id == 2);
  }
  meeting.instance.send(both);
  meeting.instance.signal(SIGRTMIN + wire::kReadAgainSignal);
  CHECK(meeting.instance.answer(2).head.status == 200);
  CHECK(meeting.instance.answer(1).head.status == 200);
}

TEST_CASE("unshared requests run one after another on one thread, named as on the platform",
          "[sharing]") {
  Meeting meeting;
  const auto first = meeting.instance.get(1, "/").body;
  CHECK_THAT(first, ContainsSubstring("Thread-1"));
  if (meeting.worker.hello().text.substr(0, 4) != "3.9.") {
    CHECK_THAT(first, ContainsSubstring("Thread-1 (process_request_thread)"));
  }
  CHECK(meeting.instance.get(2, "/").body == first);
}

TEST_CASE("a cancelled invocation finds its client gone at the next write", "[sharing]") {
  for (const bool shared : {false, true}) {
    Meeting meeting;
    meeting.instance.request(1, "/stream", shared);
    meeting.instance.cancel(1);
    const auto answer = meeting.instance.answer(1);
    CHECK(answer.end.result == wire::Result::Raised);
    CHECK_THAT(answer.end.failure.error, StartsWith("BrokenPipeError"));
    CHECK(meeting.instance.get(2, "/").head.status == 200);
  }
}

TEST_CASE("a Cancel for an invocation that has ended is ignored", "[sharing]") {
  Meeting meeting;
  meeting.instance.get(1, "/");
  meeting.instance.cancel(1);
  meeting.instance.cancel(2);
  CHECK(meeting.instance.get(2, "/").head.status == 200);
}

TEST_CASE("bytes that waited for more and leave alone leave once", "[sharing]") {
  Meeting meeting;
  // A busy instance keeps the first bytes of an answer back for a moment.
  std::uint32_t id = 0;
  while (id < 50) meeting.instance.get(++id, "/");
  meeting.instance.request(++id, "/late", kIsShared);
  CHECK(meeting.instance.next().header.type == wire::FrameType::Head);
  const auto body = meeting.instance.next();
  CHECK(body.header.type == wire::FrameType::Body);
  CHECK_THAT(std::string(body.payload), ContainsSubstring("False"));
  meeting.instance.request(id + 1, "/go", kIsShared);
  int frames_of_late = 0;
  for (int ends = 0; ends < 2;) {
    const auto frame = meeting.instance.next();
    frames_of_late += frame.header.invocation == id ? 1 : 0;
    ends += frame.header.type == wire::FrameType::End ? 1 : 0;
  }
  CHECK(frames_of_late == 1);  // its End
}

TEST_CASE("an instance leaves while its handlers are stuck when the host has gone", "[sharing]") {
  Meeting meeting;
  meeting.instance.request(1, "/wait", kIsShared);
  meeting.instance.channel.reset();
  CHECK(meeting.worker.await_exit(meeting.instance.id) == 0);
}

TEST_CASE("a stuck handler says on request where it is", "[sharing]") {
  Meeting meeting;
  meeting.instance.request(1, "/print");
  CHECK(meeting.instance.next().header.type == wire::FrameType::Log);
  meeting.instance.signal(SIGRTMIN + wire::kShowStackSignal);
  const auto frame = meeting.instance.next();
  CHECK(frame.header.type == wire::FrameType::Stack);
  CHECK(frame.header.invocation == 1);
  CHECK_THAT(std::string(frame.payload), ContainsSubstring("api/x.py:"));
  CHECK_THAT(std::string(frame.payload), ContainsSubstring("do_GET"));
}
