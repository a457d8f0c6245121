// main() of a worker whose adapter runs the user's class unmodified on a connection in memory. It is
// the plainest Adapter that can serve real handler classes: the tests of zygote and instance need one
// that has no cleverness of its own.
#include <pybind11/eval.h>

#include <charconv>

#include "bindings/adapter.h"
#include "bindings/worker.h"

namespace py = pybind11;

namespace localfn {
namespace {

constexpr const char* kSource = R"py(
import io

class Connection:
    def __init__(self, raw, write):
        self.raw, self.sendall = raw, write

    def makefile(self, mode, *rest):
        return io.BytesIO(self.raw)

def call(cls, raw, write):
    quiet = type("Handler", (cls,), {"log_request": lambda self, *rest: None})
    quiet(Connection(raw, write), ("127.0.0.1", 1), None)
)py";

// Cuts the class's output into head and body.
class Output {
 public:
  Output(Responder& responder) : responder_(responder) {}

  bool write(std::string_view bytes) {
    if (head_sent_) return responder_.body(bytes);
    text_.append(bytes);
    const auto end = text_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    responder_.head(parse(std::string_view(text_).substr(0, end + 2)));
    head_sent_ = true;
    return responder_.body(std::string_view(text_).substr(end + 4));
  }
  bool head_sent() const { return head_sent_; }

 private:
  static wire::HeadFrame parse(std::string_view text) {
    wire::HeadFrame head;
    const auto line = text.substr(0, text.find("\r\n"));
    std::from_chars(line.data() + 9, line.data() + 12, head.status);
    head.reason = line.substr(13);
    text.remove_prefix(line.size() + 2);
    while (!text.empty()) {
      const auto field = text.substr(0, text.find("\r\n"));
      const auto colon = field.find(": ");
      head.headers.emplace_back(field.substr(0, colon), field.substr(colon + 2));
      text.remove_prefix(field.size() + 2);
    }
    return head;
  }

  Responder& responder_;
  std::string text_;
  bool head_sent_ = false;
};

class PlainAdapter : public Adapter {
 public:
  PlainAdapter(py::object handler, const wire::LoadFrame& load)
      : handler_(std::move(handler)), root_(load.root) {
    py::dict names;
    py::exec(kSource, names);
    call_ = names["call"];
  }

  wire::EndFrame invoke(const wire::RequestFrame& request, Responder& responder) override {
    wire::EndFrame end;
    Output output(responder);
    try {
      const auto write = py::cpp_function([&](const py::bytes& data) {
        if (output.write(static_cast<std::string>(data))) return;
        PyErr_SetString(PyExc_BrokenPipeError, "the client has gone");
        throw py::error_already_set();
      });
      call_(handler_, py::bytes(raw(request)), write);
      if (!output.head_sent()) end.result = wire::Result::NoResponse;
    } catch (py::error_already_set& error) {
      PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
      end.result = wire::Result::Raised;
      end.failure = describe_exception(error.value(), root_, false);
    }
    return end;
  }

 private:
  static std::string raw(const wire::RequestFrame& request) {
    std::string text;
    for (const auto part : {request.method, std::string_view(" "), request.target,
                            std::string_view(" HTTP/1.1\r\nConnection: close\r\n"),
                            request.headers, std::string_view("\r\n"), request.body}) {
      text.append(part);
    }
    return text;
  }

  py::object handler_;
  py::object call_;
  std::string root_;
};

}  // namespace
}  // namespace localfn

int main(int argc, char** argv) {
  using namespace localfn;
  worker_main(argc, argv,
              {[] {},
               [](py::object handler, const wire::LoadFrame& load) -> std::unique_ptr<Adapter> {
                 return std::make_unique<PlainAdapter>(std::move(handler), load);
               },
               [](const py::object&, const wire::LoadFrame&) -> std::unique_ptr<Adapter> {
                 PyErr_SetString(PyExc_NotImplementedError,
                                 "the test's worker has no WSGI adapter");
                 throw py::error_already_set();
               }});
}
