#include "server/gateway/rest/openapi.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/schemas.hpp"
#include "server/gateway/rest/status.hpp"
#include "server/version.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <string>
#include <vector>

namespace gateway::api {

namespace json = boost::json;

namespace {

json::object json_content(json::object schema) {
    return {{"application/json", json::object{{"schema", std::move(schema)}}}};
}

json::object header(const std::string_view description, const std::string_view type) {
    return {{"description", description}, {"schema", {{"type", type}}}};
}

/// What all answers carry, and what those of one status carry besides.
json::object headers_of(const http::status status) {
    json::object headers{
        {"X-Request-Id", header("The request's id: the client's own or a new one.", "string")}};
    if (status == http::status::unauthorized) {
        headers.emplace("WWW-Authenticate", header("The scheme: Bearer.", "string"));
    }
    if (status == http::status::too_many_requests || status == http::status::service_unavailable) {
        headers.emplace("Retry-After", header("Seconds after which to try again.", "integer"));
    }
    return headers;
}

std::string text_of(const http::status status) {
    return std::string(http::obsolete_reason(status));
}

/// One answer for all codes of a status.
json::object error_answer(const http::status status, const std::vector<ErrorCode>& codes) {
    json::object schema;
    if (codes.size() == 1) {
        schema = schema_reference(error_schema_name(codes.front()));
    } else {
        json::array choices;
        for (const auto code : codes)
            choices.push_back(schema_reference(error_schema_name(code)));
        schema.emplace("oneOf", std::move(choices));
    }
    return {{"description", text_of(status)},
            {"headers", headers_of(status)},
            {"content", json_content(std::move(schema))}};
}

json::object success_answer(const Operation& operation) {
    json::object answer{{"description", text_of(operation.success)},
                        {"headers", headers_of(operation.success)}};
    if (operation.response != Body::none) {
        answer.emplace("content", json_content(schema_reference(schema_name(operation.response))));
    }
    return answer;
}

json::object answers(const Operation& operation, const Binding& binding) {
    std::map<http::status, std::vector<ErrorCode>> by_status;
    for (const auto code : all_error_codes) {
        // Where no body is read, its type is nobody's fault. Its size is, as the connection has to take it.
        if (code == ErrorCode::unsupported_media_type && binding.request == Body::none) continue;
        if (declares(operation, code)) by_status[http_status(code)].push_back(code);
    }
    json::object all;
    all.emplace(std::to_string(static_cast<unsigned>(operation.success)), success_answer(operation));
    for (const auto& [status, codes] : by_status) {
        all.emplace(std::to_string(static_cast<unsigned>(status)), error_answer(status, codes));
    }
    return all;
}

json::object parameter(const std::string_view name) {
    json::object parameter{{"name", name}, {"in", "path"}, {"required", true}};
    if (name == "appID") {
        parameter.emplace("description", "The app that the request is about.");
        parameter.emplace("schema", json::object{{"type", "string"}, {"examples", {"54e9ujn"}}});
    } else if (name == "webhookID") {
        parameter.emplace("description", "The webhook that the request is about.");
        parameter.emplace("schema",
                          json::object{{"type", "string"}, {"examples", {"web_01jqebhswje1ka1z7ahr9rfsgt"}}});
    } else {
        parameter.emplace("description", "The event type that the request is about.");
        parameter.emplace("schema", schema_reference("WebhookEventTypesEnum"));
    }
    return parameter;
}

json::array parameters(std::string_view path) {
    json::array list;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{')) {
        const auto close = path.find('}');
        list.push_back(parameter(path.substr(open + 1, close - open - 1)));
        path.remove_prefix(close + 1);
    }
    return list;
}

json::object describe(const Operation& operation, const Binding& binding) {
    const bool first = &binding == &operation.bindings.front();
    json::object description{
        {"tags", {operation.tag}},
        {"summary", operation.summary},
        {"operationId", std::string(operation.id) + (first ? "" : "ByPath")},  // an id names one binding only
        {"parameters", parameters(binding.path)},
        {"responses", answers(operation, binding)},
    };
    if (binding.request != Body::none) {
        description.emplace(
            "requestBody",
            json::object{{"required", true},
                         {"content", json_content(schema_reference(schema_name(binding.request)))}});
    }
    if (operation.access == Access::open) description.emplace("security", json::array());
    return description;
}

json::object paths(const std::span<const Operation> operations) {
    json::object paths;
    for (const auto& operation : operations) {
        for (const auto& binding : operation.bindings) {
            auto& path = paths[binding.path];
            if (!path.is_object()) path.emplace_object();
            std::string method(http::to_string(binding.method));
            for (char& c : method)
                c = static_cast<char>(c - 'A' + 'a');
            path.get_object().emplace(method, describe(operation, binding));
        }
    }
    return paths;
}

}  // namespace

json::object openapi_document(const std::span<const Operation> operations) {
    return {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "session-gateway"},
          {"version", version()},
          {"summary", "A self-hosted server for the Prelude Session Management API."},
          {"description",
           "Manages the webhooks of applications. An answer of success is sent after its change is on the "
           "disk; an answer 503 means that nothing was written. Fields of a request that are not described "
           "here are ignored. Where no operation is meant, the answer is 404 RouteNotFoundError, 405 "
           "MethodNotAllowedError with Allow, or, to bytes that are not HTTP/1.1, 400 "
           "InvalidRequestError."}}},
        {"servers", json::array{json::object{{"url", "/"}}}},
        {"security", json::array{json::object{{"Authorization", json::array()}}}},
        {"tags",
         json::array{json::object{{"name", "Mode"}, {"description", "What an app is for."}},
                     json::object{{"name", "Webhooks"}, {"description", "Where an app's events are sent."}},
                     json::object{{"name", "Health"}, {"description", "For whoever watches the daemon."}},
                     json::object{{"name", "Documentation"}, {"description", "The API about itself."}}}},
        {"paths", paths(operations)},
        {"components",
         {{"schemas", all_schemas()},
          {"securitySchemes",
           {{"Authorization",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"description", "An API token, sgw_…, that is good for the app in the path."}}}}}}},
    };
}

boost::asio::awaitable<Result<Reply>> handle_get_openapi(Call&) {
    static const std::string document = json::serialize(openapi_document(operations()));
    Reply reply;
    reply.body = document;
    co_return reply;
}

}  // namespace gateway::api
