#include "server/api/json_object.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gateway::api {

namespace {

std::string merged(const std::string_view object, const std::string_view patch) {
    return merge_patch(JsonText(object), JsonText(patch));
}

std::string fault_of(const std::string_view text, const ObjectLimits& limits) {
    const auto read = read_object("profile", JsonText(text), limits);
    return read.has_error() ? read.error().message : "";
}

std::string nested(const std::size_t depth) {
    std::string text;
    for (std::size_t i = 1; i < depth; ++i)
        text += R"({"a":)";
    return text + "{}" + std::string(depth - 1, '}');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_object_test)

/// The objects among the examples of RFC 7396, appendix A.
BOOST_AUTO_TEST_CASE(a_patch_does_what_its_rfc_says) {
    BOOST_TEST(merged(R"({"a":"b"})", R"({"a":"c"})") == R"({"a":"c"})");
    BOOST_TEST(merged(R"({"a":"b"})", R"({"b":"c"})") == R"({"a":"b","b":"c"})");
    BOOST_TEST(merged(R"({"a":"b"})", R"({"a":null})") == R"({})");
    BOOST_TEST(merged(R"({"a":"b","b":"c"})", R"({"a":null})") == R"({"b":"c"})");
    BOOST_TEST(merged(R"({"a":["b"]})", R"({"a":"c"})") == R"({"a":"c"})");
    BOOST_TEST(merged(R"({"a":"c"})", R"({"a":["b"]})") == R"({"a":["b"]})");
    BOOST_TEST(merged(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == R"({"a":{"b":"d"}})");
    BOOST_TEST(merged(R"({"a":[{"b":"c"}]})", R"({"a":[1]})") == R"({"a":[1]})");
    BOOST_TEST(merged(R"({"e":null})", R"({"a":1})") == R"({"e":null,"a":1})");
    BOOST_TEST(merged(R"({"a":"foo"})", R"({"b":[null]})") == R"({"a":"foo","b":[null]})");
    BOOST_TEST(merged(R"({})", R"({"a":{"bb":{"ccc":null}}})") == R"({"a":{"bb":{}}})");
    BOOST_TEST(merged(R"({"a":"x"})", R"({"a":{"b":1,"c":null}})") == R"({"a":{"b":1}})");
    BOOST_TEST(merged(R"({"a":1})", R"({})") == R"({"a":1})");
    BOOST_TEST(merged(R"({"a":1})", R"({"b":null})") == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(what_a_patch_does_not_name_stays_as_it_is_written) {
    BOOST_TEST(
        merged(R"({"n":1.50e+400,"big":123456789012345678901234567890,"t":"\u0075\/","o":{"x":-0.0}})",
               R"({"o":{"y":1.00}})") ==
        R"({"n":1.50e+400,"big":123456789012345678901234567890,"t":"\u0075\/","o":{"x":-0.0,"y":1.00}})");
}

BOOST_AUTO_TEST_CASE(a_key_is_the_same_however_it_is_written) {
    BOOST_TEST(merged(R"({"\u0061":1,"b":2})", R"({"a":3})") == R"({"\u0061":3,"b":2})");
    BOOST_TEST(merged(R"({"a":1})", R"({"\u0061":null})") == "{}");
}

BOOST_AUTO_TEST_CASE(an_object_is_within_its_limits_and_its_keys_are_there_once) {
    constexpr ObjectLimits limits{.bytes = 300, .depth = 32};
    BOOST_TEST(fault_of(nested(32), limits) == "");
    BOOST_TEST(fault_of(nested(33), limits) ==
               "profile: found more than 32 values inside each other, expected fewer.");
    const auto of_size = [](const std::size_t size) {
        return R"({"a":")" + std::string(size - 8, 'x') + R"("})";
    };
    BOOST_TEST(fault_of(of_size(300), limits) == "");
    BOOST_TEST(fault_of(of_size(301), limits) ==
               "profile: found 301 bytes without white space, expected at most 300.");
    BOOST_TEST(fault_of(R"({"b":{"a":1,"\u0061":2}})", limits) ==
               R"(profile: found the key "a" twice, expected each key once.)");
    BOOST_TEST(fault_of(R"(["secret"])", limits) == "profile: found an array, expected a JSON object.");
    BOOST_TEST(fault_of(R"("secret")", limits) == "profile: found a text, expected a JSON object.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
