#include "server/gateway/connect/connect_binding.hpp"

#include "server/gateway/connect/connect_errors.hpp"
#include "server/gateway/connect/connect_json.hpp"
#include "server/gateway/connect/connect_request.hpp"
#include "server/gateway/connect/connect_response.hpp"
#include "server/gateway/rest/router.hpp"
#include "server/gateway/status.hpp"
#include "server/gateway/target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace gateway::connect {

using api::JsonText;

namespace {

/// Nothing where there is none that is a text. Of a repeated member the last counts, as for the reader.
std::optional<std::string> app_in(const JsonText object) {
    std::optional<std::string> app;
    object.for_each_member([&app](const JsonText key, const JsonText value) {
        if (key.says("app_id") && value.is_string()) app = value.decoded();
    });
    return app;
}

}  // namespace

ConnectBinding::ConnectBinding(const std::span<const api::Tag> tags) : schema_(tags) {
    for (const auto& service : schema_.services())
        for (const auto& method : service.methods)
            methods_.emplace(
                method.path,
                Method{&method,
                       field_places(*method.operation, *method.operation->routes.begin()).in_header});
}

Destination ConnectBinding::find(const http::verb verb, const std::string_view target) const {
    Destination destination;
    const auto found = methods_.find(split_target(target).first);
    if (found == methods_.end()) return destination;
    const auto& method = *found->second.proto;
    destination.allow = other_verbs(verb, method.only_reads);
    if (!destination.allow.empty()) return destination;
    destination.operation = method.operation;
    destination.takes_body = verb == http::verb::post;
    destination.app_in_message = method.request->find("app_id") != nullptr;
    destination.in_header = found->second.in_header;
    destination.method = &method;
    return destination;
}

Result<void> ConnectBinding::read(const HttpRequest& request, Destination& destination,
                                  const std::size_t limit, Call& call) const {
    const auto timeout = read_timeout(request);
    if (timeout.has_error()) return timeout.error();
    auto connect_request = read_connect_request(request, limit);
    if (connect_request.has_error()) return connect_request.error();
    const auto& type = *destination.method->request;
    call.timeout = *timeout;
    call.is_binary = connect_request->is_binary;
    auto json = to_json(type, *connect_request);
    if (json && destination.app_in_message) call.app_id = app_in(JsonText(*json));
    if (!json && call.is_binary)
        return ApiError{ErrorCode::invalid_request,
                        "The request body is no message; the bytes of a " + type.name + " are expected."};
    // What is wrong with JSON is for the operation's reader to say.
    call.json = json ? *std::move(json) : std::move(connect_request->message);
    call.source.texts = std::move(destination.fields);
    call.source.body = call.json;
    return {};
}

std::optional<std::string> ConnectBinding::to_json(const ProtoMessage& type,
                                                   const ConnectRequest& request) const {
    if (request.is_binary) return codec_.to_paths_json(type, request.message);
    const auto json = as_json(request.message);
    if (!json || !JsonText(*json).is_object()) return std::nullopt;
    return to_paths_json(type, JsonText(*json));
}

Response ConnectBinding::success(const HttpRequest& request, const Destination& destination, const Call& call,
                                 api::Success, std::string text) const {
    const auto& type = *destination.method->response;
    const JsonText json(text.empty() ? std::string_view("{}") : text);
    auto message = call.is_binary ? ProtobufCodec::to_bytes(type, json) : to_connect_json(type, json);
    auto response = write_success(call.is_binary, std::move(message));
    if (request.method() == http::verb::get) {
        const auto kept_for = destination.operation->kept_for.value_or(std::chrono::seconds(0));
        set_caching(response, kept_for, request[http::field::if_none_match]);
    }
    return response;
}

Response ConnectBinding::error(const HttpRequest&, const ApiError& error) const {
    const boost::json::object detail{{"code", to_string(error.code)}, {"status", status_word(error.code)}};
    const auto& type = schema_.error_detail();
    const Detail details[] = {{std::string(proto_package) + '.' + type.name,
                               ProtobufCodec::to_bytes(type, JsonText(boost::json::serialize(detail))),
                               detail}};
    auto response = write_error(connect_status(error.code), connect_code(error.code), error.message, details);
    response.code = to_string(error.code);
    add_error_headers(response, error);
    return response;
}

}  // namespace gateway::connect
