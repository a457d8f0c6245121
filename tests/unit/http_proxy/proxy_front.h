// A front that passes every request on to one server, and what became of each.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/http/proxy/proxy.h"
#include "tests/unit/http/loopback.h"

namespace localfn::http::testing {

inline const std::string kGet = "GET /p?q=1 HTTP/1.1\r\nHost: h\r\n\r\n";

class ProxyFront {
 public:
  explicit ProxyFront(std::string origin, ProxyLimits limits = {kPatience, kPatience})
      : origin_(std::move(origin)),
        proxy_(limits),
        front_([this](Exchange& exchange) { pass(exchange); }) {}

  RawClient client() const { return front_.client(); }
  Answer ask(std::string_view bytes, bool to_head = false) const {
    return front_.ask(bytes, to_head);
  }
  /// How the next request to end has ended.
  ProxyResult result() {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, kPatience, [this] { return !results_.empty(); });
    if (results_.empty()) return {Ending::Complete, "no request has ended"};
    const ProxyResult first = results_.front();
    results_.erase(results_.begin());
    return first;
  }

 private:
  void pass(Exchange& exchange) {
    const auto give = [&](wire::HeadFrame head, std::string&) {
      std::erase_if(head.headers, [](const auto& h) { return h.first == "Transfer-Encoding"; });
      return exchange.begin(head.status, head.headers);
    };
    const ProxyResult result = proxy_.pass(
        exchange, {origin_, std::string(exchange.request().target), {}, 1}, give);
    switch (result.ending) {
      case Ending::Complete: exchange.finish(); break;
      case Ending::CutShort:
      case Ending::ClientGone: exchange.cut(); break;
      case Ending::NoAnswer: exchange.respond(500, {}, result.problem); break;
      case Ending::BodyMalformed: exchange.respond(400, {}, {}); break;
      case Ending::BodyTimedOut: exchange.respond(408, {}, {}); break;
    }
    const std::lock_guard lock(mutex_);
    results_.push_back(result);
    ended_.notify_all();
  }

  std::string origin_;
  Proxy proxy_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<ProxyResult> results_;
  TestFront front_;  // last: its destructor waits for the requests that use the rest
};

}  // namespace localfn::http::testing
