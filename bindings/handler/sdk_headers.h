// The headers of a request for Vercel's own package: `from vercel.headers import geolocation`.
//
// Where there is that module (import_sdk() of loading.py), the platform's runtime gives it the
// headers before the function is called and takes them back afterwards. Used by the adapters; the
// GIL is held.
#pragma once

#include "runtime/base/wire.h"

namespace localfn {

class SdkHeaders {
 public:
  /// Calls vercel.headers.set_headers({lower-case name: last value}), or does nothing. Never
  /// throws; what set_headers raises is written to stderr.
  explicit SdkHeaders(const wire::RequestFrame& request) noexcept;
  ~SdkHeaders();
  SdkHeaders(const SdkHeaders&) = delete;
  SdkHeaders& operator=(const SdkHeaders&) = delete;

 private:
  bool told_ = false;
};

}  // namespace localfn
