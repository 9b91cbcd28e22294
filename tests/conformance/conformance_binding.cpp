#include "tests/conformance/conformance_binding.hpp"

#include "server/gateway/connect/connect_errors.hpp"
#include "server/gateway/connect/connect_request.hpp"
#include "server/gateway/connect/connect_response.hpp"
#include "server/gateway/target.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace gateway::conformance {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using SteadyClock = std::chrono::steady_clock;

/// What the answer waits for before it is given, as every operation does that takes its time.
asio::awaitable<Result<std::string>> wait(api::Context& context, const api::RequestSource& source) {
    const std::chrono::milliseconds delay(std::stol(source.texts.front().value));
    const auto end = SteadyClock::now() + delay;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::min(end, context.deadline()));
    co_await timer.async_wait(asio::use_awaitable);
    if (end > context.deadline()) throw Unavailable(ErrorCode::overloaded, "the deadline was over");
    co_return std::string();
}

constexpr api::Operation operation(const std::string_view name) {
    return {.id = name,
            .summary = {},
            .routes = api::Route{},
            .access = api::Access::open,
            .performer = {nullptr, nullptr, &wait}};
}

constexpr api::Operation unary = operation("Unary");
constexpr api::Operation idempotent_unary = operation("IdempotentUnary");

std::string message_of(const api::Operation& operation, const std::string_view suffix) {
    return std::string(package) + '.' + std::string(operation.id) + std::string(suffix);
}

/// A member that is an object; an empty one where there is none.
json::object object_in(const json::object& object, const std::string_view key) {
    const auto* const found = object.if_contains(key);
    return found ? found->as_object() : json::object();
}

json::array array_in(const json::object& object, const std::string_view key) {
    const auto* const found = object.if_contains(key);
    return found ? found->as_array() : json::array();
}

/// As messages Header, which have all values of a name.
json::array headers_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::map<std::string_view, json::array> values;
    for (const auto& [name, value] : fields)
        values[name].emplace_back(value);
    json::array headers;
    for (const auto& [name, list] : values)
        headers.push_back({{"name", name}, {"value", list}});
    return headers;
}

json::array fields_of(const HttpRequest& request) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& field : request)
        fields.emplace_back(boost::algorithm::to_lower_copy(std::string(field.name_string())), field.value());
    return headers_of(fields);
}

json::array query_of(const HttpRequest& request) {
    std::vector<std::pair<std::string, std::string>> parameters;
    for_each_parameter(split_target(request.target()).second,
                       [&](const std::string_view key, const std::string_view text) {
                           parameters.emplace_back(key, percent_decoded(text, true).value());
                       });
    return headers_of(parameters);
}

/// What the request was, as a message RequestInfo.
json::object info_of(const HttpRequest& request, const Call& call, json::object message) {
    json::object info{{"requestHeaders", fields_of(request)}};
    if (call.timeout) info["timeoutMs"] = call.timeout->count();
    if (request.method() == http::verb::get) info["connectGetInfo"] = {{"queryParams", query_of(request)}};
    info["requests"] = json::array{std::move(message)};
    return info;
}

void add_headers(Response& response, const json::array& headers, const std::string& prefix) {
    for (const auto& header : headers) {
        for (const auto& value : array_in(header.as_object(), "value"))
            response.named_headers.emplace_back(prefix + std::string(header.at("name").as_string()),
                                                value.as_string());
    }
}

}  // namespace

Destination ConformanceBinding::find(const http::verb verb, const std::string_view target) const {
    static const auto service = '/' + std::string(package) + ".ConformanceService/";
    Destination destination;
    const auto path = split_target(target).first;
    for (const auto* const row : {&unary, &idempotent_unary})
        if (path == service + std::string(row->id)) destination.operation = row;
    if (!destination.operation) return destination;
    destination.allow = connect::other_verbs(verb, destination.operation == &idempotent_unary);
    if (!destination.allow.empty()) destination.operation = nullptr;
    destination.takes_body = verb == http::verb::post;
    return destination;
}

Result<void> ConformanceBinding::read(const HttpRequest& request, Destination& destination,
                                      const std::size_t limit, Call& call) const {
    const auto timeout = connect::read_timeout(request);
    if (timeout.has_error()) return timeout.error();
    auto read = connect::read_connect_request(request, limit);
    if (read.has_error()) return read.error();
    call.timeout = *timeout;
    call.is_binary = read->is_binary;
    const auto type = message_of(*destination.operation, "Request");
    const auto bytes = read->is_binary ? std::move(read->message) : protos_.to_bytes(type, read->message);
    auto message = bytes ? protos_.to_json(type, *bytes) : std::nullopt;
    if (!message) return ApiError{ErrorCode::invalid_request, "The request is no " + type + "."};

    const auto definition = object_in(*message, "responseDefinition");
    const auto* const delay = definition.if_contains("responseDelayMs");
    call.source.texts.push_back({"response_delay_ms", delay ? json::serialize(*delay) : "0"});
    (*message)["@type"] = std::string(type_host) + type;
    call.json = json::serialize(*message);
    return {};
}

Response ConformanceBinding::success(const HttpRequest& request, const Destination& destination,
                                     const Call& call, api::Success, std::string) const {
    auto message = json::parse(call.json).as_object();
    const auto definition = object_in(message, "responseDefinition");
    const auto info = info_of(request, call, std::move(message));
    Response response;
    if (definition.contains("error")) {
        response = wanted_error(object_in(definition, "error"), info);
    } else {
        json::object payload{{"requestInfo", info}};
        if (const auto* const data = definition.if_contains("responseData")) payload["data"] = *data;
        auto text = json::serialize(json::object{{"payload", payload}});
        if (call.is_binary)
            text = protos_.to_bytes(message_of(*destination.operation, "Response"), text).value();
        response = connect::write_success(call.is_binary, std::move(text));
    }
    add_headers(response, array_in(definition, "responseHeaders"), "");
    add_headers(response, array_in(definition, "responseTrailers"), "Trailer-");
    return response;
}

/// With what the request was as its last detail.
Response ConformanceBinding::wanted_error(const json::object& error, const json::object& request_info) const {
    auto messages = array_in(error, "details");
    auto& info = messages.emplace_back(request_info).as_object();
    info["@type"] = std::string(type_host) + std::string(package) + ".ConformancePayload.RequestInfo";
    std::vector<connect::Detail> details;
    for (auto& message : messages) {
        auto type = std::string(message.at("@type").as_string()).substr(type_host.size());
        message.as_object().erase("@type");
        auto bytes = protos_.to_bytes(type, json::serialize(message)).value();
        details.push_back({std::move(type), std::move(bytes)});
    }
    constexpr std::string_view prefix = "CODE_";
    const auto code =
        boost::algorithm::to_lower_copy(std::string(error.at("code").as_string()).substr(prefix.size()));
    const auto* const text = error.if_contains("message");
    return connect::write_error(connect::status_of(code), code, text ? text->as_string() : "", details);
}

Response ConformanceBinding::error(const HttpRequest&, const ApiError& error) const {
    auto response = connect::write_error(connect::connect_status(error.code),
                                         connect::connect_code(error.code), error.message, {});
    add_error_headers(response, error);
    return response;
}

}  // namespace gateway::conformance
