// Which client an app is told of: the rule of the platform's server for proxies it trusts.
#pragma once

#include <string>
#include <string_view>

namespace localfn {

/// The client's address by X-Forwarded-For when the connection comes from a trusted proxy: the last
/// entry that is no trusted proxy itself. Empty: it is the connection's own peer. Pure.
class ClientRule {
 public:
  /// `trusted` is FORWARDED_ALLOW_IPS: addresses between commas, or "*" for all.
  explicit ClientRule(std::string trusted = "127.0.0.1");

  std::string_view client(std::string_view forwarded_for) const;
  /// Whether X-Forwarded-* headers count at all: they come from 127.0.0.1.
  bool believes() const { return trusts("127.0.0.1"); }

 private:
  bool trusts(std::string_view address) const;

  std::string trusted_;
  bool all_ = false;
};

}  // namespace localfn
