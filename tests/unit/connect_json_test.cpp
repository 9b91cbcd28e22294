// Messages in the JSON of proto3, and in that of the paths.

#include "server/gateway/connect/connect_json.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::connect {

namespace {

const ProtoMessage item{"Item",
                        "",
                        {{.name = "item_name", .json_name = "itemName", .number = 1, .kind = ProtoKind::text},
                         {.name = "payload", .json_name = "payload", .number = 2, .kind = ProtoKind::json}}};

const ProtoMessage items{"ItemList",
                         "",
                         {{.name = "values",
                           .json_name = "values",
                           .number = 1,
                           .kind = ProtoKind::message,
                           .is_list = true,
                           .message = &item}},
                         true};

const ProtoMessage message{
    "Message",
    "",
    {{.name = "app_id", .json_name = "appId", .number = 1, .kind = ProtoKind::text},
     {.name = "item_count",
      .json_name = "itemCount",
      .number = 2,
      .kind = ProtoKind::int64,
      .is_optional = true},
     {.name = "dry_run", .json_name = "dryRun", .number = 3, .kind = ProtoKind::boolean, .is_optional = true},
     {.name = "one",
      .json_name = "one",
      .number = 4,
      .kind = ProtoKind::message,
      .is_optional = true,
      .message = &item},
     {.name = "some_items",
      .json_name = "someItems",
      .number = 5,
      .kind = ProtoKind::message,
      .is_optional = true,
      .message = &items}}};

const ProtoMessage plain{
    "Plain",
    "",
    {{.name = "on", .json_name = "on", .number = 1, .kind = ProtoKind::boolean},
     {.name = "count", .json_name = "count", .number = 2, .kind = ProtoKind::int32},
     {.name = "words", .json_name = "words", .number = 3, .kind = ProtoKind::text, .is_list = true}}};

std::string request(const std::string& json) {
    return to_paths_json(message, api::JsonText(*as_json(json)));
}

std::string response(const std::string& json) {
    return to_connect_json(message, api::JsonText(*as_json(json)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connect_json_test)

BOOST_AUTO_TEST_CASE(names_of_a_request_may_be_in_either_spelling) {
    BOOST_TEST(request(R"({"appId":"a","dry_run":true})") == R"({"app_id":"a","dry_run":true})");
    BOOST_TEST(request(R"({"app\u0049d":"a"})") == R"({"app_id":"a"})");
    BOOST_TEST(request(R"({"appID":"a","x":{"y":[1]}})") == "{}");
}

BOOST_AUTO_TEST_CASE(null_is_not_there) {
    BOOST_TEST(request(R"({"appId":null,"someItems":null,"one":{"itemName":null}})") == R"({"one":{}})");
}

BOOST_AUTO_TEST_CASE(free_json_is_a_text_of_which_no_digit_is_lost) {
    BOOST_TEST(request(R"({"one":{"payload":"{\"n\": 1.10000000000000000001}"}})") ==
               R"({"one":{"payload":{"n":1.10000000000000000001}}})");
    BOOST_TEST(response(R"({"one":{"payload":{"n":1.10000000000000000001}}})") ==
               R"({"one":{"payload":"{\"n\":1.10000000000000000001}"}})");
}

BOOST_AUTO_TEST_CASE(what_is_not_as_the_message_has_it_is_left_to_the_reader) {
    BOOST_TEST(request(R"({"one":{"payload":"{"}})") == R"({"one":{"payload":"{"}})");
    BOOST_TEST(request(R"({"one":{"payload":{"a":1}}})") == R"({"one":{"payload":{"a":1}}})");
    BOOST_TEST(request(R"({"one":7,"someItems":[1]})") == R"({"one":7,"some_items":[1]})");
    BOOST_TEST(request(R"({"someItems":{"values":7}})") == R"({"some_items":7})");
    BOOST_TEST(request(R"({"itemCount":"many","appId":1})") == R"({"item_count":"many","app_id":1})");
}

BOOST_AUTO_TEST_CASE(a_list_that_may_not_be_there_has_a_message_around_it) {
    BOOST_TEST(request(R"({"someItems":{"values":[{"itemName":"a"},{"item_name":"b"}]}})") ==
               R"({"some_items":[{"item_name":"a"},{"item_name":"b"}]})");
    BOOST_TEST(request(R"({"someItems":{}})") == R"({"some_items":[]})");
    BOOST_TEST(response(R"({"some_items":[{"item_name":"a"}]})") ==
               R"({"someItems":{"values":[{"itemName":"a"}]}})");
}

BOOST_AUTO_TEST_CASE(large_numbers_are_texts) {
    BOOST_TEST(request(R"({"itemCount":"-12"})") == R"({"item_count":-12})");
    BOOST_TEST(request(R"({"itemCount":12})") == R"({"item_count":12})");
    BOOST_TEST(request(R"({"itemCount":"007"})") == R"({"item_count":"007"})");
    BOOST_TEST(response(R"({"item_count":12})") == R"({"itemCount":"12"})");
}

BOOST_AUTO_TEST_CASE(what_proto3_leaves_out_is_its_default) {
    BOOST_TEST(to_paths_json(plain, api::JsonText("{}")) == R"({"on":false,"count":0,"words":[]})");
    BOOST_TEST(to_paths_json(plain, api::JsonText(R"({"count":1,"words":["a"],"on":true})")) ==
               R"({"count":1,"words":["a"],"on":true})");
    BOOST_TEST(request("{}") == "{}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
