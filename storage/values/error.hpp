// The errors that every layer speaks of: a closed list of codes, and the value that carries one.
#pragma once

#include <boost/system/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway {

/// Every code an operation can answer with. The binding (HTTP today) maps each to its own status; the switch
/// there has no default, so a code added here does not compile until it is mapped.
enum class ErrorCode {
    invalid_webhook_event,
    invalid_request,
    webhook_limit_reached,
    webhook_activation_failed,
    missing_api_token,
    invalid_api_token,
    session_disabled,
    all_apps_token_required,
    app_not_found,
    webhook_not_found,
    event_not_found,
    delivery_not_found,
    replay_not_found,
    replay_already_running,
    event_already_exists,
    user_not_found,
    user_already_exists,
    identifier_already_exists,
    external_id_already_exists,
    user_blocked,
    session_not_found,
    scope_not_found,
    scope_already_exists,
    route_not_found,
    method_not_allowed,
    request_timeout,
    payload_too_large,
    unsupported_media_type,
    headers_too_large,
    rate_limited,
    internal,
    overloaded,
    storage_unavailable,
};

/// All of them, in the order of the enum.
inline constexpr std::array all_error_codes{
    ErrorCode::invalid_webhook_event,
    ErrorCode::invalid_request,
    ErrorCode::webhook_limit_reached,
    ErrorCode::webhook_activation_failed,
    ErrorCode::missing_api_token,
    ErrorCode::invalid_api_token,
    ErrorCode::session_disabled,
    ErrorCode::all_apps_token_required,
    ErrorCode::app_not_found,
    ErrorCode::webhook_not_found,
    ErrorCode::event_not_found,
    ErrorCode::delivery_not_found,
    ErrorCode::replay_not_found,
    ErrorCode::replay_already_running,
    ErrorCode::event_already_exists,
    ErrorCode::user_not_found,
    ErrorCode::user_already_exists,
    ErrorCode::identifier_already_exists,
    ErrorCode::external_id_already_exists,
    ErrorCode::user_blocked,
    ErrorCode::session_not_found,
    ErrorCode::scope_not_found,
    ErrorCode::scope_already_exists,
    ErrorCode::route_not_found,
    ErrorCode::method_not_allowed,
    ErrorCode::request_timeout,
    ErrorCode::payload_too_large,
    ErrorCode::unsupported_media_type,
    ErrorCode::headers_too_large,
    ErrorCode::rate_limited,
    ErrorCode::internal,
    ErrorCode::overloaded,
    ErrorCode::storage_unavailable,
};
static_assert(all_error_codes.size() == static_cast<std::size_t>(ErrorCode::storage_unavailable) + 1);

/// The code as it is written on the wire, e.g. "webhook_not_found".
std::string_view to_string(ErrorCode code) noexcept;

/// A failure that depends on what the caller sent. `message` is shown to the caller: it names the field, what
/// was found and what was expected, and never holds a secret.
struct ApiError {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    /// When to try again; 0 where that makes no sense.
    std::chrono::seconds retry_after{0};
};

/// The outcome of anything whose failure depends on the caller's input.
template <class T>
using Result = boost::system::result<T, ApiError>;

/// The storage cannot take the job now: its queue is full, it is stopping, the disk is full or another
/// process holds the file. Nothing of the job was written.
class Unavailable : public std::runtime_error {
  public:
    Unavailable(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

    /// `overloaded` or `storage_unavailable`.
    [[nodiscard]] ErrorCode code() const noexcept { return code_; }

  private:
    ErrorCode code_;
};

/// What an exception says, for a log line.
std::string describe(const std::exception_ptr& error);

/// Called by Result<T>::value() on an error; a caller that did not look first made a mistake.
[[noreturn]] inline void throw_exception_from_error(const ApiError& error, const boost::source_location&) {
    throw std::logic_error("unexamined error: " + error.message);
}

}  // namespace gateway
