// The proto3 schema that is made from the operation tables.

#include "server/gateway/connect/proto_schema.hpp"

#include "server/gateway/connect/protobuf_codec.hpp"
#include "tests/support/paths.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace gateway::connect {

namespace {

const ProtoSchema& whole() {
    static const ProtoSchema schema(api::tags());
    return schema;
}

/// "Webhook.events = 3: repeated string" for each field, as the .proto file has it.
std::set<std::string> fields_in(const std::string& text) {
    std::set<std::string> fields;
    std::istringstream lines(text);
    std::string line;
    std::string message;
    while (std::getline(lines, line)) {
        if (line.starts_with("message ")) message = line.substr(8, line.find(' ', 8) - 8);
        const auto equals = line.find(" = ");
        if (!line.starts_with("  ") || line.starts_with("  //") || equals == std::string::npos ||
            line.find("option ") != std::string::npos)
            continue;
        const auto name = line.rfind(' ', equals - 1);
        fields.insert(message + '.' + line.substr(name + 1, equals - name - 1) +
                      line.substr(equals, line.size() - 1 - equals) + ": " + line.substr(2, name - 2));
    }
    return fields;
}

std::set<std::string> released_fields() {
    std::ifstream file(test::source_folder() / "tests" / "unit" / "released_fields.txt");
    std::set<std::string> fields;
    std::string line;
    while (std::getline(file, line))
        if (!line.empty() && !line.starts_with('#')) fields.insert(line);
    return fields;
}

std::vector<std::string> in_the_first_alone(const std::set<std::string>& first,
                                            const std::set<std::string>& second) {
    std::vector<std::string> lines;
    std::ranges::set_difference(first, second, std::back_inserter(lines));
    return lines;
}

const ProtoMethod* method_of(const std::string_view operation) {
    for (const auto& service : whole().services())
        for (const auto& method : service.methods)
            if (method.operation->id == operation) return &method;
    return nullptr;
}

const ProtoMessage& message_named(const std::string_view name) {
    const auto found = std::ranges::find(whole().messages(), name, &ProtoMessage::name);
    BOOST_REQUIRE((found != whole().messages().end()));
    return *found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proto_schema_test)

BOOST_AUTO_TEST_CASE(the_text_is_a_proto3_file) {
    BOOST_CHECK_NO_THROW(ProtobufCodec{whole()});
}

/// Clients that are out there were made from it.
BOOST_AUTO_TEST_CASE(a_released_field_keeps_its_number_and_its_type) {
    const auto now = fields_in(proto_text(whole()));
    const auto released = released_fields();
    BOOST_TEST(now.size() > 100U);
    for (const auto& line : in_the_first_alone(released, now))
        BOOST_ERROR("a released field has changed or gone: " + line +
                    "; new fields come last in their message");
    for (const auto& line : in_the_first_alone(now, released))
        BOOST_ERROR("a new field: add it to tests/unit/released_fields.txt: " + line);
}

BOOST_AUTO_TEST_CASE(each_operation_that_gives_a_message_is_a_method) {
    for (const auto& tag : api::tags())
        for (const auto& operation : tag.operations)
            BOOST_TEST((method_of(operation.id) != nullptr) == (operation.form == api::Form::message),
                       operation.id);
    const auto* const method = method_of("addWebhookEvent");
    BOOST_REQUIRE(method);
    BOOST_TEST(method->path == "/prelude.session.v2.WebhooksService/AddWebhookEvent");
    BOOST_TEST(method->request->name == "PostWebhookEventRequest");
    BOOST_TEST(method->response->name == "SingleWebhookResponse");
    BOOST_TEST(method_of("deleteWebhook")->response->name == "EmptyResponse");
}

BOOST_AUTO_TEST_CASE(
    what_only_reads_is_said_to_have_no_side_effects_unless_personal_data_would_be_in_its_url) {
    BOOST_TEST(method_of("listWebhooks")->only_reads);
    BOOST_TEST(!method_of("addWebhookEvent")->only_reads);
    BOOST_TEST(!method_of("batchLookupUsers")->only_reads);
    BOOST_TEST(proto_text(whole()).find("rpc ListWebhooks(AppRequest) returns (WebhooksResponse) {\n"
                                        "    option idempotency_level = NO_SIDE_EFFECTS;") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(shapes_follow_from_the_descriptions) {
    const auto fields = fields_in(proto_text(whole()));
    for (const auto* const field :
         {"PostWebhookEventRequest.app_id = 1: string", "WebhookResponse.events = 3: repeated string",
          "WebhookResponse.active = 4: bool", "WebhookResponse.last_http_code = 5: int32",
          "UpdateWebhookRequest.events = 5: TextList", "TextList.values = 1: repeated string",
          "Event.payload = 7: string", "PublishEventsRequest.events = 6: NewEventList",
          "Delivery.last_outcome = 6: optional string", "Replay.matched = 2: optional int64",
          "CreateUserRequest.identifiers = 2: repeated Identifier"})
        BOOST_TEST(fields.contains(field), field);
    // What comes beside a call is in none of its messages.
    for (const auto& field : message_named("CreateUserRequest").fields)
        BOOST_TEST(field.name != "correlation_id");
}

BOOST_AUTO_TEST_CASE(a_field_is_found_by_either_spelling) {
    const auto& message = message_named("WebhookResponse");
    BOOST_TEST(message.find("last_http_code_date") == message.find("lastHttpCodeDate"));
    BOOST_TEST(message.find("last_http_code_date")->json_name == "lastHttpCodeDate");
    BOOST_TEST(!message.find("LastHttpCodeDate"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
