#include "runtime/http/front.h"

#include <utility>

#include "runtime/http/connection.h"
#include "runtime/http/connections.h"
#include "runtime/http/server.h"

namespace localfn::http {

class Front::State {
 public:
  explicit State(Service shared)
      : service(std::move(shared)), server([this](UniqueFd client) { serve(std::move(client)); }) {}

  void serve(UniqueFd client) noexcept {
    try {
      Connection(std::move(client), service, connections).run();
    } catch (...) {
      // Out of memory: this connection ends, and with it what it held; the others go on.
    }
  }

  const Service service;
  Connections connections;
  Server server;
};

Front::Front(Limits limits, Handler handler, RefusalPage refusal_page)
    : state_(std::make_unique<State>(
          Service{limits, std::move(handler), std::move(refusal_page)})) {}

Front::~Front() { stop(Deadline::after(milliseconds(0))); }

std::uint16_t Front::bind(const std::string& host, std::uint16_t port) {
  return state_->server.bind(host, port);
}

void Front::start() { state_->server.start(); }

void Front::stop(Deadline deadline) {
  state_->server.stop_accepting();
  state_->connections.stop();
  if (!state_->connections.wait_gone(deadline)) state_->connections.cut();
  state_->server.join();
}

std::size_t Front::connections() const { return state_->connections.count(); }

}  // namespace localfn::http
