// Answers as the Connect protocol has them.

#include "server/gateway/connect/connect_response.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace gateway::connect {

BOOST_AUTO_TEST_SUITE(connect_response_test)

BOOST_AUTO_TEST_CASE(an_error_tells_each_detail_with_what_there_is_for_people) {
    const Detail details[] = {{"a.First", "\x08\x01", {{"number", 1}}}, {"a.Second", ""}};
    const auto response = write_error(http::status::conflict, "aborted", "Again.", details);
    BOOST_TEST(response.status == http::status::conflict);
    BOOST_TEST(response.media_type == "application/json");
    BOOST_TEST(boost::json::parse(response.body) == boost::json::parse(R"({
        "code": "aborted", "message": "Again.", "details": [
            {"type": "a.First", "value": "CAE", "debug": {"number": 1}},
            {"type": "a.Second", "value": ""}]})"));
}

BOOST_AUTO_TEST_CASE(a_success_has_the_type_of_its_form) {
    BOOST_TEST(write_success(true, "").media_type == "application/proto");
    BOOST_TEST(write_success(false, "{}").media_type == "application/json");
}

BOOST_AUTO_TEST_CASE(codes_have_the_statuses_of_the_protocol) {
    BOOST_TEST(status_of("canceled") == http::status::client_closed_request);
    BOOST_TEST(status_of("out_of_range") == http::status::bad_request);
    BOOST_TEST(status_of("unimplemented") == http::status::not_implemented);
    BOOST_TEST(status_of("no code") == http::status::internal_server_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
