// Bodies that clients have compressed.

#include "server/gateway/connect/gzip.hpp"

#include "tests/support/gzip.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::connect {

namespace {

constexpr std::size_t limit = 64 * 1024;

ErrorCode code_of(const std::string& compressed) {
    const auto opened = gunzip(compressed, limit);
    BOOST_REQUIRE(opened.has_error());
    return opened.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gzip_test)

BOOST_AUTO_TEST_CASE(what_was_compressed_comes_out_again) {
    for (const auto& text : {std::string(), std::string("a"), std::string(limit, 'x')})
        BOOST_TEST((gunzip(test::gzip(text), limit).value() == text));
}

BOOST_AUTO_TEST_CASE(more_than_there_may_be_is_told_without_all_of_it) {
    BOOST_TEST((code_of(test::gzip(std::string(limit + 1, 'x'))) == ErrorCode::payload_too_large));
    BOOST_TEST((code_of(test::gzip(std::string(50'000'000, 'x'))) == ErrorCode::payload_too_large));
}

BOOST_AUTO_TEST_CASE(what_is_not_one_whole_file_is_told) {
    const auto good = test::gzip("text");
    auto wrong_sum = good;
    wrong_sum[wrong_sum.size() - 5] ^= 1;
    for (const auto& bytes : {std::string(), std::string("text"), good.substr(0, 4),
                              good.substr(0, good.size() - 1), good + "x", good + good, wrong_sum})
        BOOST_TEST((code_of(bytes) == ErrorCode::invalid_request));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
