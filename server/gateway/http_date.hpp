// The `Date` header: the time in the words of RFC 9110, section 5.6.7.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace gateway {

/// Writes the date anew once a second. Used on one thread.
class HttpDate {
  public:
    /// E.g. "Sat, 15 Mar 2025 12:00:00 GMT"; valid until the next call.
    std::string_view now();

  private:
    std::chrono::sys_seconds second_{};
    std::string text_;
};

}  // namespace gateway
