#include "server/api/json_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::api {

namespace {

std::string compact(const std::string_view text) {
    boost::system::error_code error;
    auto result = compact_json(text, error);
    return error ? "refused" : result;
}

std::string nested(const std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_text_test)

BOOST_AUTO_TEST_CASE(white_space_goes_and_tokens_stay) {
    BOOST_TEST(compact(" { \"a b\" :\t[ 1.500 , -0e+1,\r\n true ] } ") == R"({"a b":[1.500,-0e+1,true]})");
    BOOST_TEST(compact(R"("\u00e9\/ \" ")") == R"("\u00e9\/ \" ")");
    BOOST_TEST(compact("123456789012345678901234567890.10") == "123456789012345678901234567890.10");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
    for (const std::string_view text :
         {"", " ", "{", "{}x", "[1,]", "01", "\"\\ud800\"", "\"\\udc00x\"", "\"\\x\"", "\"\xFF\"", "\"\n\"",
          "nul", "{\"a\"}", "{\"a\":1,}", "// a\n1"})
        BOOST_TEST(compact(text) == "refused", text);
    BOOST_TEST(compact(nested(most_body_depth)) == nested(most_body_depth));
    BOOST_TEST(compact(nested(most_body_depth + 1)) == "refused");
}

BOOST_AUTO_TEST_CASE(members_and_items_are_walked) {
    const std::string text = R"({"a":1,"b":"x\"}","c":{"d":[1,{}]},"d":[],"e":null,"a":-1.0})";
    std::string walked;
    JsonText(text).for_each_member([&](const JsonText key, const JsonText value) {
        walked.append(key.text()).append("=").append(value.text()).append(" ");
    });
    BOOST_TEST(walked == R"("a"=1 "b"="x\"}" "c"={"d":[1,{}]} "d"=[] "e"=null "a"=-1.0 )");
    walked.clear();
    JsonText(R"([1,"]",[2,[]],{},true])").for_each_item([&](const JsonText item) {
        walked.append(item.text()).append(" ");
    });
    BOOST_TEST(walked == R"(1 "]" [2,[]] {} true )");
}

BOOST_AUTO_TEST_CASE(a_kind_tells_nothing_of_what_a_value_says) {
    for (const auto& [text, expected] :
         {std::pair("{}", "an object"), std::pair("[1]", "an array"), std::pair(R"("x")", "a text"),
          std::pair("-1", "a number"), std::pair("false", "true or false"), std::pair("null", "null")})
        BOOST_TEST(kind(JsonText(text)) == expected);
}

BOOST_AUTO_TEST_CASE(a_string_is_known_by_what_it_says) {
    BOOST_TEST(JsonText(R"("type")").says("type"));
    BOOST_TEST(JsonText(R"("\u0074ype")").says("type"));
    BOOST_TEST(!JsonText(R"("\u0074")").says(R"(\u0074)"));
    BOOST_TEST(!JsonText("1").says("1"));
    BOOST_TEST(JsonText(R"("a\n\"")").decoded() == "a\n\"");
}

BOOST_AUTO_TEST_CASE(a_repeated_key_is_found_however_deep_and_however_written) {
    const auto repeated = [](const std::string_view text) {
        return judge_keys(JsonText(text), 8).repeated.value_or("none");
    };
    BOOST_TEST(repeated(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})") == "none");
    BOOST_TEST(repeated(R"({"b":1,"a":1,"b":2})") == "b");
    BOOST_TEST(repeated(R"({"x":[{"b":1,"\u0062":2}]})") == "b");
    BOOST_TEST(repeated(R"({"":1,"":2})").empty());
    BOOST_TEST(!judge_keys(JsonText(nested(8)), 8).too_deep);
    BOOST_TEST(judge_keys(JsonText(nested(9)), 8).too_deep);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
