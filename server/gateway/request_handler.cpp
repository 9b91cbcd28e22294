#include "server/gateway/request_handler.hpp"

#include "server/api/api_errors.hpp"
#include "server/gateway/rest/app_host.hpp"
#include "storage/values/error.hpp"

#include <algorithm>

namespace gateway {

namespace asio = boost::asio;

using SteadyClock = std::chrono::steady_clock;

namespace {

std::string_view header(const HttpRequest& request, const http::field field) {
    return request[field];
}

/// A log field's value; none where there is nothing to tell.
std::optional<std::string_view> known(const std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view operation_id(const api::Operation* const operation) {
    return operation ? operation->id : std::string_view();
}

Response no_route(const Binding& binding, const HttpRequest& request, std::string allow) {
    if (allow.empty()) return binding.error(request, {ErrorCode::route_not_found, "There is no such path."});
    auto response = binding.error(request, {ErrorCode::method_not_allowed, "The path takes " + allow + "."});
    response.headers.emplace_back(http::field::allow, std::move(allow));
    return response;
}

/// Adds the fields that come beside the message, in headers.
void read_headers(const HttpRequest& request, Destination& destination) {
    for (const auto& [field, name] : destination.in_header) {
        const auto header = request.find(name);
        if (header != request.end()) destination.fields.push_back({field, std::string(header->value())});
    }
}

/// The value of `app_id`, empty where the operation is not about an app.
std::string app_of(const api::TextFields& fields) {
    const auto field = std::ranges::find(fields, "app_id", &api::TextField::name);
    return field == fields.end() ? std::string() : field->value;
}

}  // namespace

/// A request that may be performed, as far as its header tells.
struct RequestHandler::Admitted {  // NOLINT(bugprone-exception-escape): as Destination
    Destination destination;
    api::Caller caller;
    storage::Deadline deadline;
};

/// What is known of a request so far; the log line is written from it.
struct RequestHandler::Outcome {
    const Binding* binding = nullptr;  ///< nullptr: the connection did not take the request in
    const api::Operation* operation = nullptr;
    std::string app_id;
    bool app_exists = false;  ///< as far as is known
    std::string token_id;
    storage::Deadline callers_deadline = storage::Deadline::max();  ///< when the caller waits no longer
    Response response;
    std::string refusal;  ///< why the connection did not take the request in
};

RequestHandler::RequestHandler(const Bindings& bindings, const api::Runtime& runtime,
                               outgoing::HttpClient& http_client, RequestLimits& limits, Clock clock,
                               const std::shared_ptr<const ServingRules>& rules)
    : bindings_(bindings),
      runtime_(runtime),
      http_client_(http_client),
      log_(runtime.log),
      rules_(rules),
      limits_(limits),
      authenticator_(runtime.database, limits, std::move(clock), rules->services->report_unreadable) {}

asio::awaitable<Response> RequestHandler::answer(const HttpRequest& request, const RequestOrigin& origin) {
    const auto begin = SteadyClock::now();
    Outcome outcome{.binding = &bindings_.of(request.target())};
    try {
        auto admitted = co_await admit(request, request.body().size(), origin, outcome);
        if (admitted) co_await perform(request, *std::move(admitted), outcome);
    } catch (...) {
        const auto error = failure(std::current_exception(), origin, outcome);
        outcome.response = outcome.binding->error(request, error);
    }
    note(origin, outcome, outcome.response, begin);
    co_return std::move(outcome.response);
}

asio::awaitable<HeaderJudgement> RequestHandler::judge_header(const HttpRequest& request,
                                                              const std::size_t body_size,
                                                              const RequestOrigin& origin) {
    const auto begin = SteadyClock::now();
    Outcome outcome{.binding = &bindings_.of(request.target())};
    HeaderJudgement judgement;
    try {
        const auto admitted = co_await admit(request, body_size, origin, outcome);
        if (admitted) {
            judgement.body_limit = body_limit(*outcome.operation);
            co_return std::move(judgement);
        }
    } catch (...) {
        const auto error = failure(std::current_exception(), origin, outcome);
        outcome.response = outcome.binding->error(request, error);
    }
    note(origin, outcome, outcome.response, begin);
    judgement.refusal = std::move(outcome.response);
    co_return std::move(judgement);
}

Response RequestHandler::refuse(const ApiError& error, const RequestOrigin& origin) {
    auto response = error_response(error);
    Outcome outcome;
    outcome.refusal = error.message;
    note(origin, outcome, response, SteadyClock::now());
    return response;
}

asio::awaitable<std::optional<RequestHandler::Admitted>> RequestHandler::admit(const HttpRequest& request,
                                                                               const std::size_t body_size,
                                                                               const RequestOrigin& origin,
                                                                               Outcome& outcome) {
    const auto deadline = SteadyClock::now() + rules_->server.request_timeout;
    Admitted admitted{outcome.binding->find(request.method(), request.target()), {}, deadline};
    if (admitted.destination.on_app_host) find_app_by_host(request, admitted.destination);
    outcome.operation = admitted.destination.operation;
    outcome.app_id = app_of(admitted.destination.fields);
    if (auto refusal = refuse_call(request, *outcome.binding, admitted.destination, body_size, origin)) {
        outcome.response = *std::move(refusal);
        co_return std::nullopt;
    }
    if (is_open(outcome.operation->access)) co_return admitted;

    const auto authorization = header(request, http::field::authorization);
    auto caller = co_await authenticator_.authenticate(authorization, origin, deadline);
    if (caller.has_error()) {
        outcome.response = outcome.binding->error(request, caller.error());
        co_return std::nullopt;
    }
    admitted.caller = *std::move(caller);
    outcome.token_id = admitted.caller.token_id;
    const bool for_all_apps = outcome.operation->access == api::Access::all_apps;
    if (admitted.destination.app_in_message && !for_all_apps) co_return admitted;  // perform() asks
    if (for_all_apps ? !admitted.caller.app_id : admitted.caller.may_use(outcome.app_id)) co_return admitted;
    auto refusal = for_all_apps ? api::all_apps_token_required() : api::app_not_found();
    const auto error = co_await confirm(std::move(refusal), request, admitted.caller, deadline);
    outcome.response = outcome.binding->error(request, error);
    co_return std::nullopt;
}

std::optional<Response> RequestHandler::refuse_call(const HttpRequest& request, const Binding& binding,
                                                    Destination& destination, const std::size_t body_size,
                                                    const RequestOrigin& origin) {
    const auto* const operation = destination.operation;
    const bool fits = operation && body_size <= body_limit(*operation);
    const bool asks_for_key = fits && !is_open(operation->access);
    const bool counts = !fits || (operation->rate_limited && !asks_for_key);
    if (counts) {
        if (const auto error = limits_.count_network(origin)) return binding.error(request, *error);
    }
    if (!operation) return no_route(binding, request, std::move(destination.allow));
    if (!fits) return binding.error(request, body_too_large(body_limit(*operation)));
    return std::nullopt;
}

bool RequestHandler::is_open(const api::Access access) const noexcept {
    return access == api::Access::open || (access == api::Access::all_apps && runtime_.metrics_are_public);
}

void RequestHandler::find_app_by_host(const HttpRequest& request, Destination& destination) const {
    auto app =
        app_of_host(request.target(), header(request, http::field::host), rules_->server.app_host_suffix);
    if (app) {
        destination.fields.push_back({"app_id", *std::move(app)});
    } else {
        destination = {};
    }
}

asio::awaitable<void> RequestHandler::perform(const HttpRequest& request, Admitted admitted,
                                              Outcome& outcome) {
    const auto& operation = *outcome.operation;
    const auto& binding = *outcome.binding;
    auto& destination = admitted.destination;
    // A key for one app was made for one that there is.
    outcome.app_exists = admitted.caller.app_id.has_value();
    read_headers(request, destination);
    Call call;
    const auto read = binding.read(request, destination, body_limit(operation), call);
    if (call.app_id) outcome.app_id = *call.app_id;
    if (call.timeout) {
        outcome.callers_deadline = SteadyClock::now() + *call.timeout;
        admitted.deadline = std::min(admitted.deadline, outcome.callers_deadline);
    }
    const bool has_right =
        !call.app_id || operation.access != api::Access::key || admitted.caller.may_use(*call.app_id);
    api::Context context(runtime_, rules_->services, http_client_, std::move(admitted.caller),
                         admitted.deadline);

    Result<std::string> text = std::string();
    if (read.has_error()) {
        text = read.error();
    } else if (!has_right) {
        text = api::app_not_found();
    } else {
        text = co_await operation.performer.perform(context, call.source);
    }
    if (text.has_value()) {
        const auto success = context.success().value_or(operation.success);
        outcome.response = binding.success(request, destination, call, success, *std::move(text));
        outcome.app_exists = true;
        co_return;
    }
    const auto code = text.error().code;
    if (read.has_value() && !api::declares(operation, code)) {
        throw std::logic_error("the operation does not declare its error " + std::string(to_string(code)));
    }
    const auto error = co_await confirm(text.error(), request, context.caller(), admitted.deadline);
    outcome.response = binding.error(request, error);
}

asio::awaitable<ApiError> RequestHandler::confirm(ApiError error, const HttpRequest& request,
                                                  const api::Caller& caller,
                                                  const storage::Deadline deadline) {
    if (!caller.token_id.empty() && !caller.confirmed) {
        const auto check = [token_id = caller.token_id](storage::Snapshot& snapshot) {
            return api::check_key(snapshot, token_id);
        };
        const auto key = co_await runtime_.database.read(check, deadline);
        if (key.has_error()) error = key.error();
    }
    if (error.code == ErrorCode::invalid_api_token) {
        authenticator_.forget(header(request, http::field::authorization));
    }
    co_return error;
}

std::size_t RequestHandler::body_limit(const api::Operation& operation) const noexcept {
    return operation.body == api::Body::events ? rules_->events.max_body : rules_->server.max_body;
}

ApiError RequestHandler::failure(const std::exception_ptr& error, const RequestOrigin& origin,
                                 const Outcome& outcome) {
    const auto operation = known(operation_id(outcome.operation));
    try {
        std::rethrow_exception(error);
    } catch (const Unavailable& unavailable) {
        log_.warning(
            "request not served",
            {{"request_id", origin.request_id}, {"operation", operation}, {"reason", unavailable.what()}});
        if (SteadyClock::now() >= outcome.callers_deadline)
            return {ErrorCode::request_timeout,
                    "The time that the caller gave is over; nothing was written."};
        const std::string_view why = unavailable.code() == ErrorCode::overloaded
                                         ? "The server is busy; nothing was written."
                                         : "The database cannot be used right now; nothing was written.";
        return {unavailable.code(), std::string(why), std::chrono::seconds(1)};
    } catch (...) {
        const auto reason = describe(error);
        log_.error("request failed",
                   {{"request_id", origin.request_id}, {"operation", operation}, {"reason", reason}});
        return internal_error(origin.request_id);
    }
}

void RequestHandler::note(const RequestOrigin& origin, const Outcome& outcome, const Response& response,
                          const SteadyClock::time_point begin) {
    const auto duration = SteadyClock::now() - begin;
    runtime_.metrics.request_ended(
        api::operation_number(outcome.operation), static_cast<int>(response.status), duration,
        outcome.app_exists ? std::string_view(outcome.app_id) : std::string_view());
    log_.info("request", {{"request_id", origin.request_id},
                          {"client", origin.client},
                          {"key", known(outcome.token_id)},
                          {"operation", known(operation_id(outcome.operation))},
                          {"app", known(outcome.app_id)},
                          {"status", static_cast<int>(response.status)},
                          {"code", known(response.code)},
                          {"reason", known(outcome.refusal)},
                          {"duration_ms", duration},
                          {"bytes", response.body.size()}});
}

}  // namespace gateway
