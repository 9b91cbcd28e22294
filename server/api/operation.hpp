// What an operation is: a named unary call with a typed request, a typed response and a closed list of
// errors.
#pragma once

#include "server/api/context.hpp"
#include "server/api/json_message.hpp"
#include "server/api/json_response.hpp"
#include "server/api/schema.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/container/static_vector.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

enum class Method { get, post, put, patch, delete_ };

/// One way to call an operation by a path. In it `{appID}` stands for one segment of any text, the field
/// `app_id` of the request. The other fields come in the query of a GET and in the JSON body of the rest.
struct Route {
    Method method = Method::get;
    std::string_view path;
    bool on_app_host = false;          ///< the host of the request, not its path, names the app
    std::string_view body_field = {};  ///< the field that the body is; empty: it is an object of fields
};

/// By value, so that a row needs nothing beside it.
struct Routes {
    constexpr Routes(const Route& only) : list{only, {}}, count(1) {}  // NOLINT(google-explicit-constructor)

    constexpr Routes(const Route& first, const Route& second) : list{first, second}, count(2) {}

    [[nodiscard]] constexpr const Route* begin() const noexcept { return list; }

    [[nodiscard]] constexpr const Route* end() const noexcept { return list + count; }

    Route list[2];
    std::size_t count;
};

/// How large the body of a request may be.
enum class Body {
    ordinary,  ///< `server.max_body`
    events,    ///< `events.max_body`
};

enum class Access {
    open,      ///< for anybody
    key,       ///< with an API token that is good for the app in `app_id`, while sessions are enabled for it
    all_apps,  ///< with one that is good for all apps; where the operator has opened it, for anybody
};

/// What the text of a success is.
enum class Form {
    message,  ///< the JSON of a described response
    json,     ///< JSON that no message describes
    metrics,  ///< lines as Prometheus reads them
    page,     ///< for people, in a browser
    proto,    ///< a .proto file
};

/// A set of error codes.
class ErrorSet {
  public:
    constexpr ErrorSet(const std::initializer_list<ErrorCode> codes) {
        for (const auto code : codes)
            bits_ |= bit(code);
    }

    [[nodiscard]] constexpr bool contains(const ErrorCode code) const noexcept {
        return (bits_ & bit(code)) != 0;
    }

  private:
    static constexpr std::uint64_t bit(const ErrorCode code) {
        return std::uint64_t{1} << static_cast<unsigned>(code);
    }

    std::uint64_t bits_ = 0;
};

/// How an operation is performed, whichever binding it is called through. Made by write, read and handle.
struct Performer {
    MessageType (*request)();
    MessageType (*response)();
    /// Reads the request, performs it and gives the response's JSON text. Runs on the I/O thread of the
    /// caller's connection; the arguments must live until it is done.
    boost::asio::awaitable<Result<std::string>> (*perform)(Context& context, const RequestSource& source);
};

/// One row of an operation table, from which router, log label and documents derive.
struct Operation {
    std::string_view id;  ///< e.g. "addWebhookEvent"
    std::string_view summary;
    Routes routes;
    Success success = Success::ok;
    std::optional<Success> other_success = {};  ///< what Context::succeed_as() may say instead
    Access access = Access::key;
    /// How long anybody may keep a success, and hand it on; 0: nobody may. Nothing: there is no word of it.
    std::optional<std::chrono::seconds> kept_for = {};
    Body body = Body::ordinary;
    bool rate_limited = true;  ///< whether calls of it count towards `limits.requests_per_second`
    Form form = Form::message;
    /// The errors of its own; for those that it may answer besides see declares().
    ErrorSet errors = {};
    Performer performer;
};

/// The operations that belong together, in one table.
struct Tag {
    std::string_view name;
    std::string_view description;
    std::span<const Operation> operations;
};

/// Every operation of the gateway, by tag.
std::span<const Tag> tags();

/// The ids of all operations, in the order of the tables.
std::vector<std::string_view> operation_ids();

/// The place of an operation of these tables among them; for nullptr, how many there are.
std::size_t operation_number(const Operation* operation) noexcept;

/// Whether an operation may answer with this code whatever it was called through: its own errors, those of
/// the access checks before it and those that are ours.
bool declares(const Operation& operation, ErrorCode code) noexcept;

namespace detail {

template <class Function>
struct Signature;

// Of a transaction's function.
template <class Job, class Request, class Response>
struct Signature<Result<Response> (*)(Job&, const Request&)> {
    using RequestType = Request;
    using ResponseType = Response;
};

template <class Job, class Request, class Response>
struct Signature<Result<Response> (*)(Job&, const Request&, const Services&)> {
    using RequestType = Request;
    using ResponseType = Response;
};

// Of a coroutine.
template <class Request, class Response>
struct Signature<boost::asio::awaitable<Result<Response>> (*)(Context&, Request)> {
    using RequestType = Request;
    using ResponseType = Response;
};

template <class Response>
Result<std::string> written(const Result<Response>& outcome) {
    if (outcome.has_error()) return outcome.error();
    if constexpr (std::is_void_v<Response>) {
        return std::string();
    } else {
        return write_response(*outcome);
    }
}

template <auto function>
using RequestOf = typename Signature<decltype(function)>::RequestType;

/// The request and a transaction's function bound into a job.
template <class Job, auto function>
auto job_of(RequestOf<function> request, [[maybe_unused]] const Services& services) {
    if constexpr (std::invocable<decltype(function), Job&, const RequestOf<function>&, const Services&>) {
        return
            [request = std::move(request), &services](Job& job) { return function(job, request, services); };
    } else {
        return [request = std::move(request)](Job& job) { return function(job, request); };
    }
}

template <auto function>
boost::asio::awaitable<Result<std::string>> perform_write(Context& context, const RequestSource& source) {
    auto request = read_request<RequestOf<function>>(source);
    if (request.has_error()) co_return request.error();
    const auto app_id = request->app_id;
    auto job = job_of<storage::Transaction, function>(*std::move(request), context.services());
    const auto outcome = co_await context.write(app_id, std::move(job));
    co_return written(outcome);
}

template <auto function>
boost::asio::awaitable<Result<std::string>> perform_read(Context& context, const RequestSource& source) {
    auto request = read_request<RequestOf<function>>(source);
    if (request.has_error()) co_return request.error();
    const auto app_id = request->app_id;
    auto job = job_of<storage::Snapshot, function>(*std::move(request), context.services());
    const auto outcome = co_await context.read(app_id, std::move(job));
    co_return written(outcome);
}

template <auto function>
boost::asio::awaitable<Result<std::string>> perform_call(Context& context, const RequestSource& source) {
    auto request = read_request<RequestOf<function>>(source);
    if (request.has_error()) co_return request.error();
    const auto outcome = co_await function(context, *std::move(request));
    co_return written(outcome);
}

template <auto function>
constexpr Performer performer(decltype(Performer::perform) perform) {
    using Types = Signature<decltype(function)>;
    return {&message_type<typename Types::RequestType>, &message_type<typename Types::ResponseType>, perform};
}

}  // namespace detail

/// An operation that is one transaction: `Result<Response> function(Transaction&, const Request&)`, with
/// `const Services&` behind where it needs them.
template <auto function>
inline constexpr Performer write = detail::performer<function>(&detail::perform_write<function>);

/// An operation that only reads: the same with a Snapshot&.
template <auto function>
inline constexpr Performer read = detail::performer<function>(&detail::perform_read<function>);

/// Any other: a coroutine `awaitable<Result<Response>> function(Context&, Request)`.
template <auto function>
inline constexpr Performer handle = detail::performer<function>(&detail::perform_call<function>);

}  // namespace gateway::api
