// Messages in the binary form of Protocol Buffers.

#include "server/gateway/connect/protobuf_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace gateway::connect {

namespace {

struct Fixture {
    ProtoSchema schema{api::tags()};
    ProtobufCodec codec{schema};

    [[nodiscard]] const ProtoMessage& message(const std::string_view name) const {
        return *std::ranges::find(schema.messages(), name, &ProtoMessage::name);
    }

    [[nodiscard]] std::string there_and_back(const std::string_view name, const std::string_view json) const {
        return codec.to_paths_json(message(name), codec.to_bytes(message(name), api::JsonText(json))).value();
    }

    [[nodiscard]] std::optional<std::string> read(const std::string_view bytes) const {
        return codec.to_paths_json(message("PostWebhookEventRequest"), bytes);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(protobuf_codec_test, Fixture)

BOOST_AUTO_TEST_CASE(a_message_has_the_bytes_of_the_format) {
    BOOST_TEST(codec.to_bytes(schema.error_detail(), api::JsonText(R"({"code":"ab","status":"c"})")) ==
               "\x0A\x02"
               "ab\x12\x01"
               "c");
}

BOOST_AUTO_TEST_CASE(all_kinds_of_fields_come_through) {
    for (
        const auto& [name, json] : {
            std::pair{"UpdateWebhookRequest", R"({"app_id":"a","webhook_id":"w","events":[]})"},
            {"UpdateWebhookRequest", R"({"app_id":"a","webhook_id":"w","url":"","events":["user.created"]})"},
            {"PublishEventsRequest",
             R"({"app_id":"a","events":[{"type":"user.deleted","payload":{"n":1.10000000000000000001}},{"id":"x"}]})"},
            {"WebhookResponse",
             R"({"id":"w","url":"é\"","events":["a","b"],"active":true,"last_http_code":-200,"last_http_code_date":"x","created_at":"y","updated_at":"z"})"},
            {"Replay", R"({"matched":9223372036854775807,"queued":0})"},
            {"WebhooksResponse", R"({"webhooks":[]})"},
        })
        BOOST_TEST(there_and_back(name, json) == json);
}

BOOST_AUTO_TEST_CASE(a_number_with_no_room_is_as_large_as_there_is_room_for) {
    BOOST_TEST(there_and_back("Attempt", R"({"id":"","duration_ms":3000000000})") ==
               R"({"duration_ms":2147483647,"event_ids":[]})");
}

BOOST_AUTO_TEST_CASE(no_byte_is_a_message_with_nothing_in_it) {
    BOOST_TEST(read("").value() == "{}");
}

BOOST_AUTO_TEST_CASE(fields_that_are_not_known_are_left_off) {
    BOOST_TEST(read("\x0A\x01"
                    "a\xA2\x06\x03"
                    "xyz\xA8\x06\x07")
                   .value() == R"({"app_id":"a"})");
}

BOOST_AUTO_TEST_CASE(of_a_repeated_field_the_last_counts) {
    BOOST_TEST(read("\x0A\x01"
                    "a\x0A\x01"
                    "b")
                   .value() == R"({"app_id":"b"})");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_message_are_told) {
    std::string deep;
    for (int i = 0; i < 1'000; ++i)
        deep += "\xA3\x06";
    for (const auto& bytes : {std::string("\x0A"),
                              std::string("\x0A\x05"
                                          "ab"),
                              std::string("\x0A\xFF\xFF\xFF\xFF\x07"),
                              std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
                              std::string("\xFF"), std::string("\x00\x01", 2), std::string("\x0F"), deep})
        BOOST_TEST(!read(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_utf8_is_no_text) {
    BOOST_TEST(!read("\x0A\x02\xC0\xAF").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
