// What an operation is: a named unary call with a typed request, a typed response and a closed list of
// errors.
#pragma once

#include "server/api/call.hpp"
#include "server/api/schemas.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gateway::api {

namespace http = boost::beast::http;

/// The success of an operation: a status and a JSON text, empty for none.
struct Reply {
    http::status status = http::status::ok;
    std::string body;
};

/// Runs on the I/O thread of the caller's connection.
using Handler = boost::asio::awaitable<Result<Reply>> (*)(Call& call);

/// One way to call an operation over HTTP. In the path, `{name}` stands for one segment of any text.
struct Binding {
    http::verb method;
    std::string_view path;
    Body request = Body::none;
};

enum class Access {
    open,  ///< for anybody
    key,   ///< with an API token that is good for the app in the path, while sessions are enabled for it
};

/// One row of the operation table, from which router, log label and document derive.
struct Operation {
    std::string_view id;   ///< e.g. "addWebhookEvent"
    std::string_view tag;  ///< which part of the API it belongs to
    std::string_view summary;
    std::span<const Binding> bindings;
    http::status success = http::status::ok;
    Body response = Body::webhook;
    Access access = Access::key;
    /// The errors it may answer beside those that every operation may (see common_errors()).
    std::span<const ErrorCode> errors;
    Handler handler = nullptr;
};

/// Every operation of the gateway.
std::span<const Operation> operations() noexcept;

/// What any operation with this access may answer whatever it does: the checks before it and the gateway's
/// limits.
std::span<const ErrorCode> common_errors(Access access) noexcept;

/// Whether an operation may answer with this code: its own list or the common ones.
bool declares(const Operation& operation, ErrorCode code) noexcept;

}  // namespace gateway::api
