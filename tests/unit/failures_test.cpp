#include "server/api/api_errors.hpp"
#include "server/text/quote.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::api {

namespace {

std::string repeat(const std::string_view text, const std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failures_test)

BOOST_AUTO_TEST_CASE(input_is_repeated_in_quotes_cut_and_escaped) {
    struct Case {
        std::string_view reason;
        std::string input;
        std::string expected;
    };

    const Case cases[] = {
        {"empty", "", R"("")"},
        {"plain", "user.created", R"("user.created")"},
        {"64 characters", repeat("x", 64), '"' + repeat("x", 64) + '"'},
        {"65 characters", repeat("x", 65), '"' + repeat("x", 64) + "…\""},
        {"64 characters of four bytes", repeat("🐢", 64), '"' + repeat("🐢", 64) + '"'},
        {"65 characters of four bytes", repeat("🐢", 65), '"' + repeat("🐢", 64) + "…\""},
        {"an escape counts as one character", repeat("\n", 65), '"' + repeat("\\x0a", 64) + "…\""},
        {"control characters", std::string("a\0b\x1f\x7f", 5), R"("a\x00b\x1f\x7f")"},
        {"two, three and four bytes", "é€🐢", "\"é€🐢\""},
        {"the first and last of each length", "\u00a0\u07ff\u0800\uffff\U00010000\U0010ffff",
         "\"\u00a0\u07ff\u0800\uffff\U00010000\U0010ffff\""},
        {"control characters of two bytes", "\u0080\u009f", R"("\xc2\x80\xc2\x9f")"},
        {"a stray continuation", "a\x80", R"("a\x80")"},
        {"a truncated character", "\xE2\x82", R"("\xe2\x82")"},
        {"a character cut by another", "\xE2\x82z", R"("\xe2\x82z")"},
        {"overlong in two bytes", "\xC0\x80\xC1\xBF", R"("\xc0\x80\xc1\xbf")"},
        {"overlong in three bytes", "\xE0\x9F\xBF", R"("\xe0\x9f\xbf")"},
        {"overlong in four bytes", "\xF0\x8F\xBF\xBF", R"("\xf0\x8f\xbf\xbf")"},
        {"a surrogate", "\xED\xA0\x80", R"("\xed\xa0\x80")"},
        {"the last before the surrogates", "\xED\x9F\xBF", "\"\xED\x9F\xBF\""},
        {"beyond Unicode", "\xF4\x90\x80\x80", R"("\xf4\x90\x80\x80")"},
        {"bytes that never occur", "\xF5\xFE\xFF", R"("\xf5\xfe\xff")"},
    };
    for (const auto& [reason, input, expected] : cases) {
        BOOST_TEST_CONTEXT(reason) {
            BOOST_TEST(quote(input) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_failure_has_its_code) {
    BOOST_TEST((missing_api_token().code == ErrorCode::missing_api_token));
    BOOST_TEST((invalid_api_token().code == ErrorCode::invalid_api_token));
    BOOST_TEST((app_not_found().code == ErrorCode::app_not_found));
    BOOST_TEST((session_disabled().code == ErrorCode::session_disabled));
    BOOST_TEST((webhook_not_found().code == ErrorCode::webhook_not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
