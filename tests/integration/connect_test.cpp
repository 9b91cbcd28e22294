// Operations called by their names, as clients of the Connect protocol do.

#include "server/gateway/connect/connect_errors.hpp"
#include "server/gateway/connect/proto_schema.hpp"
#include "server/gateway/connect/protobuf_codec.hpp"
#include "storage/values/encoding.hpp"
#include "tests/support/gzip.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace gateway::test {

namespace {

namespace json = boost::json;

const std::string webhooks_service = "/prelude.session.v2.WebhooksService/";
const std::string add_method = webhooks_service + "AddWebhookEvent";
const std::string get_method = webhooks_service + "GetWebhook";

struct Fixture : TestApi {
    connect::ProtoSchema schema{api::tags()};
    connect::ProtobufCodec codec{schema};

    using TestApi::TestApi;

    [[nodiscard]] const connect::ProtoMessage& message(const std::string_view name) const {
        return *std::ranges::find(schema.messages(), name, &connect::ProtoMessage::name);
    }

    Answer call(const std::string& path, const std::string& body, Headers headers = {}) {
        return client.request("POST", path, {token.text, body, std::move(headers)});
    }

    /// The ids that nearly every message begins with, and more.
    [[nodiscard]] std::string ids(const std::string& more = {}) const {
        return R"({"appId":")" + app + R"(","webhookId":")" + webhook + "\"" + more + "}";
    }

    [[nodiscard]] std::string good_body() const { return ids(R"(,"event":"user.created")"); }

    [[nodiscard]] std::string good_bytes() const {
        return codec.to_bytes(message("PostWebhookEventRequest"), api::JsonText(good_body()));
    }

    /// GetWebhook, its message in the query.
    Answer get(const std::string& query, Headers headers = {}) {
        return client.request("GET", get_method + "?" + query, {token.text, {}, std::move(headers)});
    }

    [[nodiscard]] std::string encoded_ids() const {
        return "%7B%22appId%22:%22" + app + "%22,%22webhookId%22:%22" + webhook + "%22%7D";
    }
};

const Headers binary{{"Content-Type", "application/proto"}};

std::string base64url(const std::string_view bytes) {
    return base64url_encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void check_error(const Answer& answer, const int status, const std::string_view code,
                 const std::string_view own_code) {
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    BOOST_TEST(answer.code() == code);
    const auto& detail = answer.body.at("details").as_array().at(0);
    BOOST_TEST(detail.at("type").as_string() == "prelude.session.v2.ErrorDetail");
    BOOST_TEST(detail.at("debug").at("code").as_string() == own_code);
    BOOST_TEST(answer.keep_alive);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connect_test, Fixture)

BOOST_AUTO_TEST_CASE(a_call_in_json_is_answered_200_in_camel_case) {
    const auto answer = call(add_method, good_body(), {{"Connect-Protocol-Version", "1"}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    BOOST_TEST(json::serialize(answer.webhook().at("events")) == R"(["user.created"])");
    BOOST_TEST(answer.webhook().at("lastHttpCode") == 0);
    BOOST_TEST(answer.webhook().at("createdAt").as_string() == "2025-03-15T12:00:00.000Z");
    BOOST_TEST(call(add_method, good_body(), {{"Content-Type", "application/json; charset=utf-8"}}).status ==
               200);
}

BOOST_AUTO_TEST_CASE(a_call_in_the_binary_form_is_answered_in_it) {
    const auto answer = call(add_method, good_bytes(), binary);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "application/proto");
    const auto text = codec.to_paths_json(message("SingleWebhookResponse"), answer.text);
    BOOST_REQUIRE(text.has_value());
    BOOST_TEST(json::parse(*text) == get_webhook().body);
}

BOOST_AUTO_TEST_CASE(a_success_without_a_word_is_an_empty_message) {
    const auto by_json = call(webhooks_service + "DeleteWebhook", ids());
    BOOST_TEST(by_json.status == 200);
    BOOST_TEST(by_json.text == "{}");
    webhook = server.create_webhook(app);
    const auto bytes = codec.to_bytes(message("WebhookRequest"), api::JsonText(ids()));
    const auto by_bytes = call(webhooks_service + "DeleteWebhook", bytes, binary);
    BOOST_TEST(by_bytes.status == 200);
    BOOST_TEST(by_bytes.text.empty());
    BOOST_TEST(by_bytes.header("Content-Type") == "application/proto");
}

BOOST_AUTO_TEST_CASE(a_payload_comes_through_as_it_was_written) {
    const std::string payload = R"({"user_id":"usr_1","deleted_at":"x","n":1.10000000000000000001})";
    const auto text = json::serialize(json::value(payload));
    const auto published = call("/prelude.session.v2.EventsService/PublishEvents",
                                R"({"appId":")" + app + R"(","type":"user.deleted","payload":)" + text + "}");
    BOOST_TEST(published.status == 200);
    const auto id = published.body.at("events").at(0).at("id").as_string();
    const auto event = call("/prelude.session.v2.EventsService/GetEvent",
                            R"({"appId":")" + app + R"(","eventId":")" + std::string(id) + "\"}");
    BOOST_TEST(event.body.at("event").at("payload").as_string() == payload);
}

BOOST_AUTO_TEST_CASE(what_comes_beside_the_message_comes_in_its_header) {
    server.ask("UPDATE webhooks SET active = 1, events = '[\"user.created\"]'");
    const auto created =
        call("/prelude.session.v2.UsersService/CreateUser",
             R"({"appId":")" + app + R"(","identifiers":[{"type":"phone_number","value":"+4915123456789"}]})",
             {{"X-Correlation-Id", "corr-1"}});
    BOOST_TEST(created.status == 200);
    BOOST_TEST(server.ask("SELECT payload ->> 'correlation_id' FROM events") == "corr-1");
}

// Reading with GET

BOOST_AUTO_TEST_CASE(what_only_reads_can_be_had_with_get) {
    const auto expected = call(get_method, ids()).body;
    const auto message_bytes = codec.to_bytes(message("WebhookRequest"), api::JsonText(ids()));
    const std::string queries[] = {
        "connect=v1&encoding=json&message=" + encoded_ids(),
        "encoding=json&message=" + encoded_ids(),
        "connect=v1&encoding=json&base64=1&message=" + base64url(ids()),
        "connect=v1&encoding=json&base64=1&compression=gzip&message=" + base64url(gzip(ids())),
        "message=" + encoded_ids() + "&compression=identity&base64=0&encoding=json&connect=v1&other=x",
    };
    for (const auto& query : queries) {
        BOOST_TEST_CONTEXT(query) {
            const auto answer = get(query);
            BOOST_TEST(answer.status == 200);
            BOOST_TEST(answer.body == expected);
            BOOST_TEST(answer.header("Cache-Control") == "no-store");
        }
    }
    const auto by_bytes = get("connect=v1&encoding=proto&base64=1&message=" + base64url(message_bytes));
    BOOST_TEST(by_bytes.header("Content-Type") == "application/proto");
    BOOST_TEST(json::parse(codec.to_paths_json(message("SingleWebhookResponse"), by_bytes.text).value()) ==
               get_webhook().body);
}

BOOST_AUTO_TEST_CASE(what_may_be_kept_may_be_kept) {
    const auto path =
        "/prelude.session.v2.SignaturesService/GetKeySet?encoding=json&message=%7B%22appId%22:%22" + app +
        "%22%7D";
    auto first = client.request("GET", path);
    const auto end = std::chrono::steady_clock::now() + HttpClient::limit;
    while (first.status == 503 && std::chrono::steady_clock::now() < end)  // until the app has a key
        first = client.request("GET", path);
    BOOST_TEST(first.status == 200);
    BOOST_TEST(first.header("Cache-Control").starts_with("public, max-age="));
    const auto again = client.request("GET", path, {{}, {}, {{"If-None-Match", first.header("ETag")}}});
    BOOST_TEST(again.status == 304);
}

BOOST_AUTO_TEST_CASE(a_query_that_holds_no_call_is_told) {
    const auto wrong = [&](const std::string& query, const std::string_view message) {
        const auto answer = get(query);
        check_error(answer, 400, "invalid_argument", "invalid_request");
        BOOST_TEST(answer.message() == message);
    };
    wrong("encoding=json", "message: found nothing, expected the request.");
    wrong("message=" + encoded_ids(), "encoding: found nothing, expected json or proto.");
    wrong("connect=v2&encoding=json&message=" + encoded_ids(), R"(connect: found "v2", expected v1.)");
    wrong("encoding=json&base64=yes&message=" + encoded_ids(), R"(base64: found "yes", expected 1.)");
    wrong("encoding=json&base64=1&message=%7B", R"(message: found "{", expected base64.)");
    check_error(get("encoding=xml&message=" + encoded_ids()), 415, "unimplemented", "unsupported_media_type");
    check_error(get("encoding=json&compression=br&message=" + encoded_ids()), 415, "unimplemented",
                "unsupported_media_type");
}

BOOST_AUTO_TEST_CASE(a_method_of_http_that_the_operation_does_not_take_is_405) {
    const auto reading = client.request("PUT", get_method, {token.text, ids(), {}});
    check_error(reading, 405, "unknown", "method_not_allowed");
    BOOST_TEST(reading.header("Allow") == "GET, POST");
    const auto writing =
        client.request("GET", add_method + "?encoding=json&message=" + encoded_ids(), {token.text, {}, {}});
    check_error(writing, 405, "unknown", "method_not_allowed");
    BOOST_TEST(writing.header("Allow") == "POST");
}

// Bad input

BOOST_AUTO_TEST_CASE(an_unknown_service_or_method_is_an_unknown_path) {
    for (const auto& path :
         {webhooks_service + "Nothing", webhooks_service + "addWebhookEvent", webhooks_service,
          add_method + "/", std::string("/prelude.session.v2.Nothing/AddWebhookEvent"),
          std::string("/prelude.session.v2."),
          std::string("/prelude.session.v2.DocumentationService/GetOpenApi")})
        check_error(call(path, good_body()), 404, "unimplemented", "route_not_found");
}

BOOST_AUTO_TEST_CASE(another_content_type_is_415) {
    for (const std::string type :
         {"text/plain", "application/xml", "application/proto+json", "application/grpc"}) {
        const auto answer = call(add_method, good_body(), {{"Content-Type", type}});
        check_error(answer, 415, "unimplemented", "unsupported_media_type");
        BOOST_TEST(answer.message() ==
                   "Content-Type: found \"" + type + "\", expected application/json or application/proto.");
    }
}

BOOST_AUTO_TEST_CASE(another_version_of_the_protocol_is_told) {
    const auto answer = call(add_method, good_body(), {{"Connect-Protocol-Version", "2"}});
    check_error(answer, 400, "invalid_argument", "invalid_request");
    BOOST_TEST(answer.message() == R"(Connect-Protocol-Version: found "2", expected 1.)");
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_none_is_told) {
    for (const std::string text : {"", "-1", "1s", "1.5", "12345678901", " 1x", "0x10"}) {
        BOOST_TEST_CONTEXT(text) {
            const auto answer = call(add_method, good_body(), {{"Connect-Timeout-Ms", text}});
            check_error(answer, 400, "invalid_argument", "invalid_request");
            BOOST_TEST(answer.message().starts_with("Connect-Timeout-Ms: found "));
        }
    }
    BOOST_TEST(call(add_method, good_body(), {{"Connect-Timeout-Ms", "9999999999"}}).status == 200);
}

BOOST_AUTO_TEST_CASE(a_timeout_is_the_deadline_of_the_job) {
    check_error(call(add_method, good_body(), {{"Connect-Timeout-Ms", "0"}}), 504, "deadline_exceeded",
                "request_timeout");
    WriteLock lock(server.database());
    check_error(call(add_method, good_body(), {{"Connect-Timeout-Ms", "50"}}), 504, "deadline_exceeded",
                "request_timeout");
    lock.release();
    BOOST_TEST(get_webhook().webhook().at("events").as_array().empty());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_message_are_told) {
    for (const auto& bytes : {good_bytes().substr(0, 20), std::string("\x0A\x7F"), std::string("\xFF")}) {
        const auto answer = call(add_method, bytes, binary);
        check_error(answer, 400, "invalid_argument", "invalid_request");
        BOOST_TEST(answer.message() ==
                   "The request body is no message; the bytes of a PostWebhookEventRequest are expected.");
    }
    BOOST_TEST(call(add_method, good_bytes() + "\xA2\x06\x03xyz", binary).status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_message_is_told_all_at_once) {
    const auto answer = call(webhooks_service + "CreateWebhook", R"({"appId":")" + app + R"(","url":"no"})");
    check_error(answer, 400, "invalid_argument", "invalid_request");
    BOOST_TEST(answer.message().find("url: found") != std::string::npos);
    BOOST_TEST(answer.message().find("verification_token: missing") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_compressed_body_is_opened_within_the_limit_of_bodies) {
    const Headers gzipped{{"Content-Encoding", "gzip"}};
    BOOST_TEST(call(add_method, gzip(good_body()), gzipped).status == 200);
    Headers both = binary;
    both.push_back(gzipped.front());
    BOOST_TEST(call(add_method, gzip(good_bytes()), both).status == 200);
    check_error(call(add_method, gzip(ids(",\"x\":\"" + std::string(10'000'000, 'x') + "\"")), gzipped), 429,
                "resource_exhausted", "payload_too_large");
    check_error(call(add_method, good_body(), gzipped), 400, "invalid_argument", "invalid_request");
    check_error(call(add_method, good_body(), {{"Content-Encoding", "br"}}), 415, "unimplemented",
                "unsupported_media_type");
}

// Who may

BOOST_AUTO_TEST_CASE(errors_of_access_are_those_of_the_paths) {
    const auto without = client.request("POST", add_method, {{}, good_body(), {}});
    check_error(without, 401, "unauthenticated", "missing_api_token");
    BOOST_TEST(without.header("WWW-Authenticate") == "Bearer");
    const auto stranger = server.create_token(server.create_app());
    for (const auto& body : {good_body(), ids(R"(,"event":"nope")"), ids()})
        check_error(client.request("POST", add_method, {stranger.text, body, {}}), 404, "not_found",
                    "app_not_found");
    BOOST_TEST(get_webhook().webhook().at("events").as_array().empty());
}

BOOST_AUTO_TEST_CASE(the_detail_holds_our_code_and_status_as_a_message) {
    const auto answer =
        call(add_method, R"({"appId":")" + app + R"(","webhookId":"x","event":"user.created"})");
    check_error(answer, 404, "not_found", "webhook_not_found");
    const auto& detail = answer.body.at("details").as_array().at(0);
    const auto bytes = base64url_decode(std::string(detail.at("value").as_string()));
    BOOST_REQUIRE(bytes.has_value());
    BOOST_TEST(
        codec.to_paths_json(schema.error_detail(), std::string(bytes->begin(), bytes->end())).value() ==
        R"({"code":"webhook_not_found","status":"not_found"})");
}

BOOST_AUTO_TEST_CASE(the_line_in_the_log_is_that_of_the_operation) {
    call(add_method, good_body());
    call(add_method, ids());
    const auto lines = server.end_and_read_log_lines();
    std::vector<std::string> told;
    for (const auto& line : lines) {
        const auto* const operation = line.if_contains("operation");
        if (operation && operation->as_string() == "addWebhookEvent")
            told.push_back(json::serialize(json::array{
                line.at("app"), line.at("status"), line.contains("code") ? line.at("code") : json::value()}));
    }
    BOOST_TEST(told.size() == 2U);
    BOOST_TEST(told.front() == json::serialize(json::array{app, 200, nullptr}));
    BOOST_TEST(told.back() == json::serialize(json::array{app, 400, "invalid_webhook_event"}));
}

BOOST_AUTO_TEST_CASE(the_schema_is_served_as_it_is_printed) {
    const auto answer = client.request("GET", "/proto/session_gateway.proto");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/plain; charset=utf-8");
    BOOST_TEST(answer.text == connect::proto_text(schema));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
