#include "server/gateway/request_handler.hpp"

#include "server/api/api_errors.hpp"
#include "server/text/quote.hpp"
#include "storage/sqlite/sqlite_error.hpp"

#include <boost/beast/core/string.hpp>

namespace gateway {

namespace asio = boost::asio;

using SteadyClock = std::chrono::steady_clock;

namespace {

std::string_view header(const HttpRequest& request, const http::field field) {
    return request[field];
}

/// A body without a declared type is read as JSON.
Result<void> check_media_type(const HttpRequest& request) {
    const auto declared = header(request, http::field::content_type);
    auto type = declared.substr(0, declared.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t'))
        type.remove_suffix(1);
    if (type.empty() || boost::beast::iequals(type, "application/json")) return {};
    return ApiError{ErrorCode::unsupported_media_type,
                    "Content-Type: found " + quote(declared) + ", expected application/json."};
}

/// A log field's value; none where there is nothing to tell.
std::optional<std::string_view> known(const std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view operation_id(const api::Operation* const operation) {
    return operation ? operation->id : std::string_view();
}

/// Where neither path nor method leads to an operation.
Response no_operation(Route route) {
    if (route.allow.empty()) return error_response({ErrorCode::route_not_found, "There is no such path."});
    auto response = error_response({ErrorCode::method_not_allowed, "The path takes " + route.allow + "."});
    response.headers.emplace_back(http::field::allow, std::move(route.allow));
    return response;
}

Response success(api::Reply reply) {
    return {reply.status, std::move(reply.body), {}, {}};
}

}  // namespace

/// What is known of a request so far; the log line is written from it.
struct RequestHandler::Outcome {
    const api::Operation* operation = nullptr;
    std::string app_id;
    std::string token_id;
    Response response;
    std::string refusal;  ///< why the connection did not take the request in
};

RequestHandler::RequestHandler(const Router& router, const api::Services& services,
                               outgoing::HttpClient& http_client, Clock clock,
                               const std::chrono::milliseconds request_timeout)
    : router_(router),
      services_(services),
      http_client_(http_client),
      log_(services.log),
      request_timeout_(request_timeout),
      authenticator_(services.database, std::move(clock)) {}

asio::awaitable<Response> RequestHandler::answer(const HttpRequest& request, const RequestOrigin& origin) {
    const auto begin = SteadyClock::now();
    Outcome outcome;
    try {
        co_await perform(request, outcome);
    } catch (...) {
        outcome.response = failure(std::current_exception(), origin, outcome);
    }
    write_line(origin, outcome, outcome.response, begin);
    co_return std::move(outcome.response);
}

asio::awaitable<std::optional<Response>> RequestHandler::refuse_before_body(const HttpRequest& request,
                                                                            const RequestOrigin& origin) {
    const auto begin = SteadyClock::now();
    Outcome outcome;
    try {
        const bool wanted = co_await wants_body(request, outcome);
        if (wanted) co_return std::nullopt;
    } catch (...) {
        outcome.response = failure(std::current_exception(), origin, outcome);
    }
    write_line(origin, outcome, outcome.response, begin);
    co_return std::move(outcome.response);
}

asio::awaitable<bool> RequestHandler::wants_body(const HttpRequest& request, Outcome& outcome) {
    auto route = router_.find(request.method(), request.target());
    outcome.operation = route.operation;
    if (!route.operation) {
        outcome.response = no_operation(std::move(route));
        co_return false;
    }
    if (route.operation->access != api::Access::key) co_return true;
    const auto caller = co_await authenticator_.authenticate(header(request, http::field::authorization),
                                                             SteadyClock::now() + request_timeout_);
    if (caller.has_error()) outcome.response = error_response(caller.error());
    co_return caller.has_value();
}

Response RequestHandler::refuse(const ApiError& error, const RequestOrigin& origin) {
    auto response = error_response(error);
    Outcome outcome;
    outcome.refusal = error.message;
    write_line(origin, outcome, response, SteadyClock::now());
    return response;
}

asio::awaitable<void> RequestHandler::perform(const HttpRequest& request, Outcome& outcome) {
    auto route = router_.find(request.method(), request.target());
    outcome.operation = route.operation;
    if (!route.operation) {
        outcome.response = no_operation(std::move(route));
        co_return;
    }

    auto reply = co_await call(request, std::move(route), outcome);
    if (reply.has_value()) {
        outcome.response = success(*std::move(reply));
        co_return;
    }
    if (!api::declares(*outcome.operation, reply.error().code)) {
        throw std::logic_error("the operation does not declare its error " +
                               std::string(to_string(reply.error().code)));
    }
    outcome.response = error_response(reply.error());
}

asio::awaitable<Result<api::Reply>> RequestHandler::call(const HttpRequest& request, Route route,
                                                         Outcome& outcome) {
    const auto& operation = *route.operation;
    const auto deadline = SteadyClock::now() + request_timeout_;
    const auto authorization = header(request, http::field::authorization);

    api::Caller caller;
    if (operation.access == api::Access::key) {
        auto authenticated = co_await authenticator_.authenticate(authorization, deadline);
        if (authenticated.has_error()) co_return authenticated.error();
        caller = *std::move(authenticated);
        outcome.token_id = caller.token_id;
    }

    api::Call call(services_, http_client_, std::move(route.parameters), request.body(), std::move(caller),
                   deadline);
    if (operation.access == api::Access::key) outcome.app_id = call.parameter("appID");

    Result<api::Reply> reply = api::Reply{};
    const auto media_type = route.takes_body ? check_media_type(request) : Result<void>{};
    if (media_type.has_error()) {
        reply = media_type.error();
    } else {
        reply = co_await operation.handler(call);
    }

    // A complaint about the request is for those with a good key only, and a remembered key may have been
    // revoked.
    if (reply.has_error() && operation.access == api::Access::key && !call.key_is_confirmed()) {
        const auto key = co_await confirm_key(outcome.token_id, deadline);
        if (key.has_error()) reply = key.error();
    }
    if (reply.has_error() && reply.error().code == ErrorCode::invalid_api_token)
        authenticator_.forget(authorization);
    co_return reply;
}

asio::awaitable<Result<void>> RequestHandler::confirm_key(const std::string& token_id,
                                                          const storage::Deadline deadline) {
    const auto check = [token_id](storage::Snapshot& snapshot) { return api::check_key(snapshot, token_id); };
    const auto result = co_await services_.database.read(check, deadline);
    co_return result;
}

Response RequestHandler::failure(const std::exception_ptr& error, const RequestOrigin& origin,
                                 const Outcome& outcome) {
    const auto operation = known(operation_id(outcome.operation));
    try {
        std::rethrow_exception(error);
    } catch (const Unavailable& unavailable) {
        log_.warning(
            "request not served",
            {{"request_id", origin.request_id}, {"operation", operation}, {"reason", unavailable.what()}});
        const std::string_view why = unavailable.code() == ErrorCode::overloaded
                                         ? "The server is busy; nothing was written."
                                         : "The database cannot be used right now; nothing was written.";
        return error_response({unavailable.code(), std::string(why), std::chrono::seconds(1)});
    } catch (...) {
        const auto reason = storage::describe(error);
        log_.error("request failed",
                   {{"request_id", origin.request_id}, {"operation", operation}, {"reason", reason}});
        return error_response(internal_error(origin.request_id));
    }
}

void RequestHandler::write_line(const RequestOrigin& origin, const Outcome& outcome, const Response& response,
                                const SteadyClock::time_point begin) {
    log_.info("request", {{"request_id", origin.request_id},
                          {"client", origin.client},
                          {"key", known(outcome.token_id)},
                          {"operation", known(operation_id(outcome.operation))},
                          {"app", known(outcome.app_id)},
                          {"status", static_cast<int>(response.status)},
                          {"code", known(response.code)},
                          {"reason", known(outcome.refusal)},
                          {"duration_ms", SteadyClock::now() - begin},
                          {"bytes", response.body.size()}});
}

}  // namespace gateway
