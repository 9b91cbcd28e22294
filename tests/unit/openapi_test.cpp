#include "server/gateway/rest/openapi.hpp"

#include "server/gateway/rest/router.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gateway {

namespace json = boost::json;

namespace {

constexpr std::string_view events_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events";
constexpr std::string_view event_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events/{event}";

const json::object& described(const std::string_view path, const std::string_view method) {
    static const json::object document = openapi_document(api::tags());
    return document.at("paths").at(path).at(method).as_object();
}

/// "name place" of each parameter, all of which are required.
std::string parameters_of(const json::object& operation) {
    std::string text;
    for (const auto& parameter : operation.at("parameters").as_array()) {
        BOOST_TEST(parameter.at("required") == json::value(true));
        text.append(parameter.at("name").as_string()).append(" ").append(parameter.at("in").as_string());
        text += '\n';
    }
    return text;
}

std::string schema_of_answer(const json::object& operation, const std::string_view status) {
    const auto& answer = operation.at("responses").at(status);
    return json::serialize(answer.at("content").at("application/json").at("schema"));
}

bool declares_header(const json::object& operation, const std::string_view status,
                     const std::string_view name) {
    return operation.at("responses").at(status).at("headers").as_object().contains(name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_test)

BOOST_AUTO_TEST_CASE(the_contracts_operation_is_described_as_the_contract_does) {
    const auto& add = described(events_path, "post");
    BOOST_TEST(add.at("operationId") == "addWebhookEvent");
    BOOST_TEST(add.at("tags") == json::array{"Webhooks"});
    BOOST_TEST(parameters_of(add) == "appID path\nwebhookID path\n");
    BOOST_TEST(add.at("requestBody") == json::parse(R"({"required": true, "content": {"application/json":
        {"schema": {"$ref": "#/components/schemas/PostWebhookEventRequest"}}}})"));
    BOOST_TEST(schema_of_answer(add, "400") == R"({"$ref":"#/components/schemas/InvalidWebhookEventError"})");
    BOOST_TEST(schema_of_answer(add, "403") == R"({"$ref":"#/components/schemas/SessionDisabledError"})");
    BOOST_TEST(schema_of_answer(add, "404") ==
               R"({"oneOf":[{"$ref":"#/components/schemas/AppNotFoundError"},)"
               R"({"$ref":"#/components/schemas/WebhookNotFoundError"}]})");
}

BOOST_AUTO_TEST_CASE(a_further_binding_has_an_id_and_parameters_of_its_own) {
    const auto& remove = described(event_path, "delete");
    BOOST_TEST(remove.at("operationId") == "removeWebhookEventByPath");
    BOOST_TEST(parameters_of(remove) == "appID path\nwebhookID path\nevent path\n");
}

BOOST_AUTO_TEST_CASE(a_body_and_its_media_type_are_spoken_of_where_one_is_read) {
    for (const auto& tag : api::tags()) {
        for (const auto& operation : tag.operations) {
            for (const auto& route : operation.routes) {
                const std::string method(http::to_string(verb_of(route.method)));
                const auto& description = described(route.path, boost::to_lower_copy(method));
                const bool reads_body = !field_places(operation, route).in_body.empty();
                BOOST_TEST(description.contains("requestBody") == reads_body, operation.id);
                BOOST_TEST(description.at("responses").as_object().contains("415") == reads_body,
                           operation.id);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_comes_beside_a_message_is_a_header_and_may_be_left_out) {
    const auto& create = described("/v2/session/apps/{appID}/users", "post");
    const auto& parameters = create.at("parameters").as_array();
    BOOST_TEST_REQUIRE(parameters.size() == 2U);
    BOOST_TEST(parameters[1].at("name") == "X-Correlation-Id");
    BOOST_TEST(parameters[1].at("in") == "header");
    BOOST_TEST(parameters[1].at("required") == json::value(false));
    const auto document = openapi_document(api::tags());
    const auto& schema = document.at("components").at("schemas").at("CreateUserRequest");
    BOOST_TEST(!schema.at("properties").as_object().contains("correlation_id"));
}

BOOST_AUTO_TEST_CASE(a_body_that_is_one_field_is_described_as_that) {
    const auto& update = described("/v2/session/apps/{appID}/users/{userID}/profile", "patch");
    const auto& schema = update.at("requestBody").at("content").at("application/json").at("schema");
    BOOST_TEST(schema.at("type") == "object");
    BOOST_TEST(!schema.as_object().contains("properties"));
}

BOOST_AUTO_TEST_CASE(the_schemes_that_a_url_may_have_are_told) {
    const auto document = openapi_document(api::tags());
    const auto& request = document.at("components").at("schemas").at("CreateWebhookRequest");
    BOOST_TEST(request.at("properties").at("url").at("pattern") == "^[Hh][Tt][Tt][Pp][Ss]?://");
}

BOOST_AUTO_TEST_CASE(only_open_operations_lift_the_need_for_a_key) {
    BOOST_TEST(described("/healthz", "get").at("security") == json::array());
    BOOST_TEST(!described(events_path, "post").contains("security"));
    BOOST_TEST(described("/metrics", "get").at("security") ==
               json::parse(R"([{"Authorization": []}, {}])"));  // as the operator wants it
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_a_text) {
    BOOST_TEST(described("/metrics", "get").at("responses").at("200").at("content") ==
               json::parse(R"({"text/plain; version=0.0.4": {"schema": {"type": "string"}}})"));
}

BOOST_AUTO_TEST_CASE(what_comes_with_a_page_is_told) {
    const auto& page = described("/docs", "get");
    BOOST_TEST(page.at("responses").at("200").at("content").as_object().contains("text/html; charset=utf-8"));
    for (const auto* const status : {"200", "304"})
        BOOST_TEST(declares_header(page, status, "Content-Security-Policy"));
    BOOST_TEST(!declares_header(described("/openapi.json", "get"), "200", "Content-Security-Policy"));
}

BOOST_AUTO_TEST_CASE(what_may_be_kept_of_an_answer_is_told) {
    const auto& set = described("/v2/session/apps/{appID}/.well-known/jwks.json", "get");
    for (const auto* const status : {"200", "304"}) {
        BOOST_TEST(declares_header(set, status, "Cache-Control"));
        BOOST_TEST(declares_header(set, status, "ETag"));
    }
    const auto& secret = described("/v2/session/apps/{appID}/webhooks/{webhookID}/secret", "get");
    BOOST_TEST(declares_header(secret, "200", "Cache-Control"));
    BOOST_TEST(!declares_header(secret, "200", "ETag"));
    BOOST_TEST(!secret.at("responses").as_object().contains("304"));
}

BOOST_AUTO_TEST_CASE(a_path_on_an_apps_own_host_has_that_server_and_no_parameter) {
    const auto& set = described("/.well-known/jwks.json", "get");
    BOOST_TEST(set.at("operationId") == "getKeySetByHost");
    BOOST_TEST(parameters_of(set) == "");
    BOOST_TEST(set.at("servers").at(0).at("url") == "https://{appID}.{suffix}");
}

BOOST_AUTO_TEST_CASE(the_headers_that_come_with_an_error_are_declared) {
    const auto& activate = described("/v2/session/apps/{appID}/webhooks/{webhookID}/activate", "post");
    BOOST_TEST(declares_header(activate, "401", "WWW-Authenticate"));
    BOOST_TEST(declares_header(activate, "429", "Retry-After"));
    BOOST_TEST(declares_header(activate, "503", "Retry-After"));
    BOOST_TEST(!declares_header(activate, "404", "Retry-After"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
