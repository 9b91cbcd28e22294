#include "server/gateway/rest/openapi.hpp"

#include "server/gateway/docs/page.hpp"
#include "server/gateway/rest/router.hpp"
#include "server/gateway/status.hpp"
#include "server/version.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/array.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace gateway {

namespace json = boost::json;

namespace {

/// What the gateway may answer whatever the operation is.
constexpr api::ErrorSet of_gateway{ErrorCode::request_timeout, ErrorCode::payload_too_large,
                                   ErrorCode::headers_too_large};

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

/// E.g. "WebhookNotFoundError" for `webhook_not_found`.
std::string error_schema_name(const ErrorCode code) {
    std::string name;
    bool upper = true;
    for (const char c : to_string(code)) {
        if (c != '_') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    return name + "Error";
}

json::object error_schema(const ErrorCode code) {
    json::object properties{{"code", {{"type", "string"}, {"const", to_string(code)}}},
                            {"status", {{"type", "string"}, {"const", status_word(code)}}},
                            {"message", {{"type", "string"}}}};
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", {"code", "status", "message"}}};
}

/// One answer for all codes of a status.
json::object error_answer(const http::status status, const std::vector<ErrorCode>& codes) {
    json::object schema;
    if (codes.size() == 1) {
        schema = error_reference(codes.front());
    } else {
        json::array choices;
        for (const auto code : codes)
            choices.push_back(error_reference(code));
        schema.emplace("oneOf", std::move(choices));
    }
    return {{"description", text_of(status)},
            {"headers", headers_of(status)},
            {"content", json_content(std::move(schema))}};
}

/// Those that say what may be kept of a success.
void add_caching(json::object& headers, const api::Operation& operation) {
    if (!operation.kept_for) return;
    headers.emplace("Cache-Control", header("How long this may be kept.", "string"));
    if (operation.kept_for->count() > 0)
        headers.emplace("ETag", header("Names this answer, for If-None-Match.", "string"));
}

void add_page_headers(json::object& headers, const api::Operation& operation) {
    if (operation.form != api::Form::page) return;
    for (const auto& page_header : page_headers())
        headers.emplace(page_header.name, header(page_header.description, "string"));
}

json::object success_answer(const api::Operation& operation, const http::status status,
                            api::Components& components) {
    json::object answer{{"description", text_of(status)}, {"headers", headers_of(status)}};
    add_page_headers(answer["headers"].get_object(), operation);
    add_caching(answer["headers"].get_object(), operation);
    const auto response = operation.performer.response();
    if (operation.form != api::Form::message && operation.form != api::Form::json) {
        answer.emplace("content",
                       json::object{{media_type(operation.form), {{"schema", {{"type", "string"}}}}}});
    } else if (!response.name.empty()) {
        answer.emplace("content", json_content(response.reference(components)));
    }
    return answer;
}

json::object answers(const api::Operation& operation, const bool takes_body, api::Components& components) {
    std::map<http::status, std::vector<ErrorCode>> by_status;
    for (const auto code : all_error_codes) {
        // Where no body is read, its type is nobody's fault. Its size is, as the connection has to take it.
        const bool is_of_gateway = of_gateway.contains(code) ||
                                   (takes_body && code == ErrorCode::unsupported_media_type) ||
                                   (operation.rate_limited && code == ErrorCode::rate_limited);
        if (is_of_gateway || api::declares(operation, code)) by_status[http_status(code)].push_back(code);
    }
    json::object all;
    const auto add_success = [&](const api::Success success) {
        const auto status = http_status(success);
        all.emplace(std::to_string(static_cast<unsigned>(status)),
                    success_answer(operation, status, components));
    };
    add_success(operation.success);
    if (operation.other_success) add_success(*operation.other_success);
    if (operation.kept_for > std::chrono::seconds(0)) {
        const auto status = http::status::not_modified;
        json::object answer{{"description", text_of(status)}, {"headers", headers_of(status)}};
        add_page_headers(answer["headers"].get_object(), operation);
        add_caching(answer["headers"].get_object(), operation);
        all.emplace("304", std::move(answer));
    }
    for (const auto& [status, codes] : by_status) {
        all.emplace(std::to_string(static_cast<unsigned>(status)), error_answer(status, codes));
    }
    return all;
}

bool has(const std::vector<std::string_view>& names, const api::FieldType& field) {
    return std::ranges::find(names, field.text.name) != names.end();
}

json::object parameter(const api::FieldType& field, const std::string_view place, const std::string_view name,
                       api::Components& components) {
    auto schema = field.schema(components);
    schema.erase("description");
    return {{"name", name},
            {"in", place},
            {"required", field.required},
            {"description", field.text.description},
            {"schema", std::move(schema)}};
}

json::object body_schema(const api::MessageType& request, const api::Route& route, const FieldPlaces& places,
                         api::Components& components) {
    const auto is_in_body = [&places](const api::FieldType& field) { return has(places.in_body, field); };
    if (route.body_field.empty()) return request.reference(components, is_in_body);
    return std::ranges::find_if(request.fields, is_in_body)->schema(components);
}

json::object describe(const api::Tag& tag, const api::Operation& operation, const api::Route& route,
                      api::Components& components) {
    const bool first = &route == operation.routes.begin();
    const auto request = operation.performer.request();
    const auto places = field_places(operation, route);
    json::array parameters;
    for (const auto& field : request.fields) {
        const auto name = field.text.name;
        if (has(places.in_path, field))
            parameters.push_back(parameter(field, "path", path_name(name), components));
        if (has(places.in_query, field)) parameters.push_back(parameter(field, "query", name, components));
        const auto header = std::ranges::find(places.in_header, name, &HeaderField::field);
        if (header != places.in_header.end())
            parameters.push_back(parameter(field, "header", header->header, components));
    }
    json::object description{
        {"tags", {tag.name}},
        {"summary", operation.summary},
        {"operationId",
         std::string(operation.id) + (first               ? ""
                                      : route.on_app_host ? "ByHost"
                                                          : "ByPath")},  // an id names one route only
        {"parameters", std::move(parameters)},
        {"responses", answers(operation, !places.in_body.empty(), components)},
    };
    if (!places.in_body.empty()) {
        description.emplace(
            "requestBody",
            json::object{{"required", true},
                         {"content", json_content(body_schema(request, route, places, components))}});
    }
    if (route.on_app_host) {
        json::object hosts{
            {"url", "https://{appID}.{suffix}"},
            {"description", "The app's own host; suffix is the setting server.app_host_suffix."},
            {"variables",
             {{"appID", {{"default", "54e9ujn"}}}, {"suffix", {{"default", "hooks.example.com"}}}}}};
        description.emplace("servers", json::array{std::move(hosts)});
    }
    if (operation.access == api::Access::open) description.emplace("security", json::array());
    if (operation.access == api::Access::all_apps) {
        // An operator may open it.
        const json::object with_key{{"Authorization", json::array()}};
        description.emplace("security", json::array{with_key, json::object()});
    }
    return description;
}

json::object paths(const std::span<const api::Tag> tags, api::Components& components) {
    json::object paths;
    for (const auto& tag : tags) {
        for (const auto& operation : tag.operations) {
            for (const auto& route : operation.routes) {
                auto& path = paths[route.path];
                if (!path.is_object()) path.emplace_object();
                const auto method = boost::to_lower_copy(std::string(http::to_string(verb_of(route.method))));
                path.get_object().emplace(method, describe(tag, operation, route, components));
            }
        }
    }
    return paths;
}

json::array described(const std::span<const api::Tag> tags) {
    json::array list;
    for (const auto& tag : tags)
        list.push_back(json::object{{"name", tag.name}, {"description", tag.description}});
    return list;
}

}  // namespace

json::object error_reference(const ErrorCode code) {
    return {{"$ref", "#/components/schemas/" + error_schema_name(code)}};
}

json::object openapi_document(const std::span<const api::Tag> tags) {
    api::Components components;
    auto all_paths = paths(tags, components);
    auto schemas = components.schemas();
    for (const auto code : all_error_codes)
        schemas.emplace(error_schema_name(code), error_schema(code));
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
           "MethodNotAllowedError with Allow, 429 RateLimitedError, or, to bytes that are not HTTP/1.1, "
           "400 InvalidRequestError."}}},
        {"servers", json::array{json::object{{"url", "/"}}}},
        {"security", json::array{json::object{{"Authorization", json::array()}}}},
        {"tags", described(tags)},
        {"paths", std::move(all_paths)},
        {"components",
         {{"schemas", std::move(schemas)},
          {"securitySchemes",
           {{"Authorization",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"description", "An API token, sgw_…, that is good for the app in the path."}}}}}}},
    };
}

}  // namespace gateway
