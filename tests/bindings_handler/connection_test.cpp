// self.connection: a real socket that costs nothing until it is used as one.
#include <dirent.h>

#include "run_handler.h"
#include "tests/support/catch.h"

using namespace localfn;
using namespace localfn::test;

namespace {

int open_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  REQUIRE(folder != nullptr);
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

const std::string kHead = "self.send_response_only(200)\nself.end_headers()\n";

}  // namespace

TEST_CASE("connection is request, a real socket with the platform's addresses", "[connection]") {
  const int before = open_descriptors();
  const Observed seen = run(get(kHead + R"(import socket
c = self.connection
c.settimeout(5)
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
facts = [c is self.request, isinstance(c, socket.socket), c.getpeername() == self.client_address,
         c.getsockname(), c.gettimeout(), c.family == socket.AF_INET, c.type == socket.SOCK_STREAM]
self.wfile.write(repr(facts).encode()))"));
  CHECK(seen.body == "[True, True, True, ('127.0.0.1', 3000), 5, True, True]");
  CHECK(open_descriptors() == before);
}

TEST_CASE("what is sent through the connection is part of the response, in order", "[connection]") {
  const Observed seen = run(get(R"(self.request.sendall(b'HTTP/1.1 200 OK\r\n')
self.request.send(b'A: b\r\n\r\n')
self.wfile.write(b'one ')
self.connection.sendmsg([b'two ', b'three ']))"));
  CHECK(seen.header("A") == "b");
  CHECK(seen.body == "one two three ");
}

TEST_CASE("bytes written to the descriptor keep their place among the writes", "[connection]") {
  const int before = open_descriptors();
  const Observed seen = run(get(kHead + R"(import os
self.wfile.write(b'a')
os.write(self.wfile.fileno(), b'b')
self.wfile.write(b'c')
os.write(self.connection.fileno(), b'd' * 1000000) if False else self.connection.sendall(b'd')
with os.fdopen(os.dup(self.connection.fileno()), 'wb') as f:
    f.write(b'e')
self.wfile.write(b'f')
os.write(self.connection.fileno(), b'g'))"));
  CHECK(seen.body == "abcdefg");
  CHECK(seen.result == wire::Result::Complete);
  CHECK(open_descriptors() == before);
}

TEST_CASE("more than a socket holds goes through the descriptor", "[connection]") {
  const auto adapter = adapter_of(get(kHead + R"(import os
data = memoryview(b'x' * 3000000)
while data:
    data = data[os.write(self.connection.fileno(), data):])"),
                                  false);
  CHECK(run_with(*adapter, {}).body.size() == 3'000'000);
}

TEST_CASE("recv gives the rest of the body, then the end", "[connection]") {
  const Request post{"POST", "/", "Content-Length: 10\r\n", "0123456789"};
  std::string source = get(
      kHead +
      R"(got = [self.rfile.read(2), self.connection.recv(3), self.request.recv(100), self.connection.recv(1)]
self.wfile.write(repr(got).encode()))");
  source.replace(source.find("do_GET"), 6, "do_POST");
  CHECK(run(source, post).body == "[b'01', b'234', b'56789', b'']");
}

TEST_CASE("the descriptor delivers the body, and no end as long as the client is there",
          "[connection]") {
  const int before = open_descriptors();
  std::string body(2'000'000, 'y');
  std::string source = get(kHead + R"(import os, select
fd, size = self.connection.fileno(), 0
while size < 2000000:
    size += len(os.read(fd, 65536))
more = select.select([fd], [], [], 0)[0]
self.wfile.write(f'{size} {more}'.encode()))");
  source.replace(source.find("do_GET"), 6, "do_POST");
  CHECK(run(source, {"POST", "/", "Content-Length: 2000000\r\n", body}).body == "2000000 []");
  CHECK(open_descriptors() == before);
}

TEST_CASE("a connection looks alive to a handler that asks whether its client has gone",
          "[connection]") {
  const std::string look = R"(import select, socket
def look():
    try:
        return self.connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return 'alive'
def readable():
    return bool(select.select([self.connection], [], [], 0)[0])
self.connection.setblocking(False)
)";
  CHECK(run(get(kHead + look + "self.wfile.write(f'{look()} {readable()} {look()}'.encode())"))
            .body == "alive False alive");
  std::string post = get(kHead + look + R"(seen = look(), self.rfile.read(), look()
self.wfile.write(repr(seen).encode()))");
  post.replace(post.find("do_GET"), 6, "do_POST");
  CHECK(run(post, {"POST", "/", "Content-Length: 2\r\n", "ab"}).body == "(b'a', b'ab', 'alive')");
}

TEST_CASE("makefile, dup, detach, shutdown and close behave", "[connection]") {
  CHECK(run(get(kHead + "with self.connection.makefile('w') as f:\n    f.write('text')")).body ==
        "text");
  CHECK(run(get(kHead + "with self.connection.dup() as d:\n    d.sendall(b'dup')")).body == "dup");
  CHECK(run(get(kHead +
                "import os\nfd = self.connection.detach()\nos.write(fd, b'det')\nos.close(fd)"))
            .body == "det");
  CHECK(run(get(kHead + "self.connection.close()\nself.wfile.write(b'still')")).body == "still");
  const Observed shut = run(get(kHead + R"(import socket
self.connection.shutdown(socket.SHUT_WR)
try:
    self.wfile.write(b'late')
except BrokenPipeError:
    print('broken'))"));
  CHECK(shut.printed == "broken\n");
  CHECK(shut.body.empty());
}

TEST_CASE("sendfile reaches the response", "[connection]") {
  CHECK(run(get(kHead + R"(import tempfile
with tempfile.TemporaryFile() as f:
    f.write(b'from a file')
    f.seek(0)
    self.connection.sendfile(f))"))
            .body == "from a file");
}

TEST_CASE("a subprocess may write to the connection", "[connection]") {
  CHECK(run(get(kHead + R"(import subprocess
subprocess.run(['printf', 'child'], stdout=self.wfile.fileno(), check=True))"))
            .body == "child");
}
