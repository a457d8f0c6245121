// A peer of the bench: cpp-httplib alone, with a static answer.
//
// What the library itself costs when it is set up well, so that localfn's own share can be told
// from it: no Python, no routing, no access line. Listens on a free port of 127.0.0.1, prints it
// on stdout, and runs until a signal ends it.
#include <httplib.h>
#include <sys/socket.h>

#include <cstdio>
#include <limits>
#include <string>

namespace {

constexpr int kBacklog = 1024;
constexpr std::size_t kThreads = 128;  // one a connection; the bench opens at most 32

class Peer : public httplib::Server {
 public:
  /// The library listens with a backlog of 5, which a burst of connects overflows; listening again
  /// on the same socket replaces it.
  bool widen_backlog() { return ::listen(svr_sock_, kBacklog) == 0; }
};

}  // namespace

int main() {
  Peer server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.set_keep_alive_timeout(60);
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.Get("/api/hello", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("Hello, x!", "text/plain; charset=utf-8");
  });

  const int port = server.bind_to_any_port("127.0.0.1");
  if (port <= 0 || !server.widen_backlog()) {
    std::perror("bench_httplib_peer: cannot listen on 127.0.0.1");
    return 1;
  }
  std::printf("listening on port %d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
