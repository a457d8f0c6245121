#include "runtime/http/proxy/proxy.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/http/proxy/dial.h"
#include "runtime/http/proxy/origin.h"
#include "runtime/http/proxy/upstream_request.h"

namespace localfn::http {

ProxyResult Proxy::pass(Exchange& exchange, const ProxyRequest& wanted, GiveHead give_head) {
  const auto origin = parse_origin(wanted.origin);
  if (!origin) {
    return {Ending::NoAnswer,
            fmt::format("\"{}\" is no address of a server; expected http://HOST or https://HOST",
                        wanted.origin)};
  }
  Dialled dialled =
      dial(*origin, tls_, Deadline::after(limits_.connect), exchange.client_fd());
  if (dialled.client_gone) return {Ending::ClientGone, {}};
  if (!dialled.stream) return {Ending::NoAnswer, std::move(dialled.problem)};

  Transfer transfer(
      exchange, *dialled.stream,
      upstream_head(exchange.request(), *origin, wanted.target, wanted.edits, wanted.hops),
      limits_.progress, std::move(give_head));
  const Ending ending = transfer.run();
  if (transfer.problem().empty()) return {ending, {}};
  return {ending, fmt::format("{} failed: {}", origin->authority, transfer.problem())};
}

}  // namespace localfn::http
