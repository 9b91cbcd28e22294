// The document itself, and that every answer which the tests read is held against it.

#include "tests/support/api_document.hpp"

#include "server/gateway/rest/openapi.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <utility>

namespace gateway::test {

namespace {

/// Whether the answer passes as one to this request.
bool is_documented(const std::string& method, const std::string& target, const Answer& answer) {
    try {
        check_documented({method, target, true}, answer);
        return true;
    } catch (const UndocumentedAnswer& fault) {
        BOOST_TEST_MESSAGE(fault.what());
        return false;
    }
}

void remove_header(Answer& answer, const std::string_view name) {
    std::erase_if(answer.headers, [name](const auto& header) { return header.first == name; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_document_test, TestApi)

BOOST_AUTO_TEST_CASE(the_served_document_is_that_of_the_operation_table) {
    const auto served = client.request("GET", "/openapi.json");
    BOOST_TEST(served.body == openapi_document(api::tags()));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_as_the_document_says_is_noticed) {
    const auto good = add("user.created");
    BOOST_TEST(is_documented("POST", events_path(), good));
    const std::pair<std::string_view, std::function<void(Answer&)>> faults[] = {
        {"status", [](Answer& answer) { answer.status = 202; }},
        {"header", [](Answer& answer) { remove_header(answer, "X-Request-Id"); }},
        {"media type", [](Answer& answer) { remove_header(answer, "Content-Type"); }},
        {"body", [](Answer& answer) { answer.body.at("webhook").as_object().erase("active"); }},
        {"code", [](Answer& answer) { answer.status = 404; }},
    };
    for (const auto& [part, spoil] : faults) {
        auto spoiled = good;
        spoil(spoiled);
        BOOST_TEST(!is_documented("POST", events_path(), spoiled), part);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_with_a_body_where_none_belongs_is_noticed) {
    auto answer = client.request("DELETE", webhook_path(), {token.text, {}, {}});
    BOOST_TEST(is_documented("DELETE", webhook_path(), answer));
    answer.text = "{}";
    BOOST_TEST(!is_documented("DELETE", webhook_path(), answer));
}

BOOST_AUTO_TEST_CASE(an_answer_that_belongs_to_another_path_or_method_is_noticed) {
    const auto nowhere = client.request("GET", "/nowhere");
    BOOST_TEST(is_documented("PUT", "/nowhere/else", nowhere));
    BOOST_TEST(!is_documented("GET", webhook_path(), nowhere));
    const auto refused = client.request("PUT", webhook_path());
    BOOST_TEST(is_documented("POST", webhook_path(), refused));
    BOOST_TEST(!is_documented("PUT", events_path(), refused));  // which allows others
    BOOST_TEST(!is_documented("GET", "/nowhere", refused));
    const auto head = client.request("HEAD", webhook_path(), {token.text, {}, {}});
    BOOST_TEST(is_documented("HEAD", webhook_path(), head));
    BOOST_TEST(!is_documented("GET", webhook_path(), head));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
