// In-process cost of one GET through the adapters: a handler class on its fast and its plain path, a
// trivial WSGI app. No sockets, no host. Not a test; build in release and run it alone: adapter_bench [LOOPS] [ROUNDS].
#include <fmt/format.h>
#include <pybind11/embed.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "bindings/adapter.h"

namespace py = pybind11;
using namespace localfn;

namespace localfn {

wire::Failure describe_exception(py::handle exception, const std::string&, bool) {
  wire::Failure failure;
  failure.error = py::str(exception).cast<std::string>();
  return failure;
}

}  // namespace localfn

namespace {

const char* const kSource = R"(
from http.server import BaseHTTPRequestHandler
from urllib import parse

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
        self.send_response(200)
        self.send_header('Content-type', 'text/plain')
        self.end_headers()
        self.wfile.write(('Hello, %s!' % query.get('name', 'world')).encode())
)";

const char* const kWsgiSource = R"(
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'Hello, x!']
)";

class Counter final : public Responder {
 public:
  void head(wire::HeadFrame head) override { sum_ += head.headers.size(); }
  bool body(std::string_view bytes) override {
    sum_ += bytes.size();
    return true;
  }
  std::size_t sum() const { return sum_; }

 private:
  std::size_t sum_ = 0;
};

std::unique_ptr<Adapter> make(bool plain) {
  py::dict names;
  names["__name__"] = "api.hello";
  py::exec(kSource, names);
  wire::LoadFrame load;
  load.root = "/";
  load.plain_path = plain;
  return make_handler_adapter(names["handler"], load);
}

std::unique_ptr<Adapter> make_wsgi() {
  py::dict names;
  names["__name__"] = "api.hello";
  py::exec(kWsgiSource, names);
  wire::LoadFrame load;
  load.root = "/";
  return make_wsgi_adapter(names["app"], load);
}

double microseconds_each(Adapter& adapter, int loops) {
  wire::RequestFrame request;
  request.method = "GET";
  request.target = "/api/hello?name=x";
  request.request_line = "GET /api/hello?name=x HTTP/1.1";
  request.version = "HTTP/1.1";
  request.headers = "Host: localhost:3000\r\nx-forwarded-for: 127.0.0.1\r\n";
  Counter counter;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < loops; ++i) {
    if (adapter.invoke(request, counter).result != wire::Result::Complete) std::abort();
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  if (counter.sum() != static_cast<std::size_t>(loops) * (3 + 9)) std::abort();
  return spent.count() / loops;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int loops = argc > 1 ? std::max(1, std::atoi(argv[1])) : 20'000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 7;
  py::initialize_interpreter();
  prepare_wsgi_adapter();
  const auto plain = make(true);
  const auto fast = make(false);
  const auto wsgi = make_wsgi();
  std::vector<double> plain_times, fast_times, wsgi_times, ratios;
  for (int round = 0; round < rounds; ++round) {
    plain_times.push_back(microseconds_each(*plain, loops));
    fast_times.push_back(microseconds_each(*fast, loops));
    wsgi_times.push_back(microseconds_each(*wsgi, loops));
    ratios.push_back(plain_times.back() / fast_times.back());
  }
  fmt::print(
      "plain_us={:.2f} fast_us={:.2f} plain/fast={:.2f} wsgi_us={:.2f} "
      "(medians of {} rounds of {})\n",
      median(plain_times), median(fast_times), median(ratios), median(wsgi_times), rounds, loops);
  return 0;
}
