// What Site is made of: the steps of a request's way, one file for each kind of step.
//
//   site.cpp          in, to its route, and out to the account; what the main loop is told
//   functions.cpp     a function's answer
//   proxied.cpp       another server's answer
//   own_answers.cpp   what localfn answers itself
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/errors.h"
#include "runtime/base/fd.h"
#include "runtime/http/pages/request_ids.h"
#include "runtime/http/pages/static_files.h"
#include "runtime/http/proxy/proxy.h"
#include "runtime/http/site/function_answer.h"
#include "runtime/http/site/site.h"
#include "runtime/http/site/visit.h"

namespace localfn::http {

class SiteState {
 public:
  SiteState(SiteOptions options, Workspace& workspace, Pool& pool, Account account)
      : options_(options),
        workspace_(workspace),
        pool_(pool),
        account_(std::move(account)),
        attention_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {}

  void serve(Exchange& exchange);
  /// The same for a request that has been routed: the rest of its way.
  void answer(Exchange& exchange, std::shared_ptr<const Project> project, const Route& found);
  std::pair<wire::Headers, std::string> refuse(const Refusal& refusal);
  int attention_fd() const { return attention_.get(); }
  std::vector<Notice> take_notices(const Project& project);

 private:
  void dispatch(Visit& visit, const Route& found);
  void call(Visit& visit, const FunctionRoute& route);
  struct Arrived {
    std::string_view body;
    bool upgrade = false;  ///< to a WebSocket
  };
  void invoke(Visit& visit, const FunctionRoute& route, const Arrived& arrived,
              Clock::time_point routed);
  void conclude(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer,
                const Outcome& outcome);
  void conclude_reply(Visit& visit, const FunctionRoute& route, FunctionAnswer& answer, bool cut);
  void refuse_body(Visit& visit, const FunctionRoute& route, BodyStatus status);
  void refuse_body(Visit& visit, BodyStatus status);
  bool loops(Visit& visit);
  void pass_on(Visit& visit, const ProxyRoute& route);
  void conclude_proxied(Visit& visit, const ProxyRoute& route, const ProxyResult& result);
  void call_app(Visit& visit, const FrameworkRoute& route);
  void send_file(Visit& visit, const StaticRoute& route);
  void send_error(Visit& visit, const ErrorRoute& route);
  void send_error(Visit& visit, int status, std::string code, const PageDetails* details = nullptr);
  void send_redirect(Visit& visit, const RedirectRoute& route);
  void send_rule_error(Visit& visit, std::string problem);
  void send_configuration_error(Visit& visit);
  bool is_first_since_a_change(const std::string& problem);
  void explain_once(Visit& visit, const NotAFunction& file);
  void close_account(Visit& visit);
  void notice_changes();
  void note_answered(const Project& project);
  std::vector<std::string> take_answered();
  void show_problems(std::vector<Notice>& notices, std::vector<std::string> problems);

  const SiteOptions options_;
  Workspace& workspace_;
  Pool& pool_;
  const Account account_;
  RequestIds ids_;
  StaticFiles static_files_;
  Proxy proxy_;
  const UniqueFd attention_;
  std::atomic<std::uint64_t> seen_change_{0};
  std::mutex mutex_;
  std::set<std::pair<std::string, std::uint64_t>> explained_;  ///< what the terminal was told, as of which change
  std::vector<std::string> answered_problems_;  ///< of vercel.json, by a request; under mutex_
  std::vector<std::string> shown_problems_;
  std::vector<std::string> shown_warnings_;
};

}  // namespace localfn::http
