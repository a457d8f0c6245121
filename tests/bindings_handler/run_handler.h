// Runs a class given as Python source through the adapter, in this process, and records all of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bindings/adapter.h"

namespace localfn::test {

struct Request {
  std::string method = "GET";
  std::string target = "/api/hello?name=x";
  std::string headers = "Host: localhost\r\n";
  std::string body{};
  std::string version = "HTTP/1.1";
  std::string request_line{};  ///< empty: made of the above
};

struct Observed {
  int heads = 0;
  wire::HeadFrame head;
  std::string body;
  std::vector<std::string> pieces;  ///< each body() call
  wire::Result result{};
  bool streamed = false;
  std::string error;
  std::string printed;  ///< sys.stdout
  std::string errors;   ///< sys.stderr

  /// Everything but the clock, as one text: what two paths have to agree on.
  std::string text() const;
  std::string header(const std::string& name) const;
};

/// A Responder in memory. The client goes away when `room` bytes of body have been taken.
class Recorder final : public Responder {
 public:
  explicit Recorder(Observed& observed, std::size_t room = SIZE_MAX)
      : observed_(observed), room_(room) {}
  void head(wire::HeadFrame head) override;
  bool body(std::string_view bytes) override;

 private:
  Observed& observed_;
  std::size_t room_;
};

/// Starts the interpreter once for the whole process, and prepares the adapter.
void start_python();

/// The class `handler` (or `Handler`) that `source` defines, as an adapter.
std::unique_ptr<Adapter> adapter_of(const std::string& source, bool plain);

wire::RequestFrame frame_of(const Request& request, std::string& line);

Observed run_with(Adapter& adapter, const Request& request, std::size_t room = SIZE_MAX);

/// Runs `source` once on the plain and once on the fast path; fails the test when they differ in
/// anything; returns what both did.
Observed run(const std::string& source, const Request& request = {}, std::size_t room = SIZE_MAX);

/// `body` indented as the method do_GET of a handler class, after `imports`.
std::string get(const std::string& body, const std::string& members = "");

}  // namespace localfn::test
