#include "server/gateway/response.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace gateway {

namespace {

using enum ErrorCode;

struct Row {
    ErrorCode code;
    std::string_view name;
    unsigned status;
    std::string_view word;
};

constexpr Row table[] = {
    {invalid_webhook_event, "invalid_webhook_event", 400, "bad_request"},
    {invalid_request, "invalid_request", 400, "bad_request"},
    {webhook_limit_reached, "webhook_limit_reached", 400, "bad_request"},
    {webhook_activation_failed, "webhook_activation_failed", 400, "bad_request"},
    {missing_api_token, "missing_api_token", 401, "unauthorized"},
    {invalid_api_token, "invalid_api_token", 401, "unauthorized"},
    {session_disabled, "session_disabled", 403, "forbidden"},
    {all_apps_token_required, "all_apps_token_required", 403, "forbidden"},
    {app_not_found, "app_not_found", 404, "not_found"},
    {webhook_not_found, "webhook_not_found", 404, "not_found"},
    {event_not_found, "event_not_found", 404, "not_found"},
    {delivery_not_found, "delivery_not_found", 404, "not_found"},
    {replay_not_found, "replay_not_found", 404, "not_found"},
    {user_not_found, "user_not_found", 404, "not_found"},
    {event_already_exists, "event_already_exists", 409, "conflict"},
    {user_already_exists, "user_already_exists", 409, "conflict"},
    {identifier_already_exists, "identifier_already_exists", 409, "conflict"},
    {external_id_already_exists, "external_id_already_exists", 409, "conflict"},
    {user_blocked, "user_blocked", 403, "forbidden"},
    {session_not_found, "session_not_found", 404, "not_found"},
    {scope_not_found, "scope_not_found", 404, "not_found"},
    {scope_already_exists, "scope_already_exists", 409, "conflict"},
    {replay_already_running, "replay_already_running", 409, "conflict"},
    {route_not_found, "route_not_found", 404, "not_found"},
    {method_not_allowed, "method_not_allowed", 405, "method_not_allowed"},
    {request_timeout, "request_timeout", 408, "request_timeout"},
    {payload_too_large, "payload_too_large", 413, "payload_too_large"},
    {unsupported_media_type, "unsupported_media_type", 415, "unsupported_media_type"},
    {headers_too_large, "headers_too_large", 431, "headers_too_large"},
    {rate_limited, "rate_limited", 429, "too_many_requests"},
    {internal, "internal", 500, "internal"},
    {overloaded, "overloaded", 503, "unavailable"},
    {storage_unavailable, "storage_unavailable", 503, "unavailable"},
};

/// "Name: value" of each header that the answer has of its own.
std::vector<std::string> headers_of(const ApiError& error) {
    std::vector<std::string> lines;
    for (const auto& [field, value] : error_response(error).headers) {
        lines.push_back(std::string(http::to_string(field)) + ": " + value);
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(response_test)

BOOST_AUTO_TEST_CASE(every_code_has_its_status_and_its_words) {
    BOOST_TEST(std::size(table) == static_cast<std::size_t>(storage_unavailable) + 1);
    for (const auto& [code, name, status, word] : table) {
        BOOST_TEST_CONTEXT(name) {
            const auto response = error_response({code, "What happened."});
            BOOST_TEST(static_cast<unsigned>(response.status) == status);
            const boost::json::value expected{
                {"code", name}, {"status", word}, {"message", "What happened."}};
            BOOST_TEST(boost::json::parse(response.body) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_code_brings_the_headers_that_belong_to_it) {
    const auto is = [](const ApiError& error, const std::vector<std::string>& expected) {
        BOOST_TEST(headers_of(error) == expected, boost::test_tools::per_element());
    };
    using std::chrono::seconds;
    is({missing_api_token, {}}, {"WWW-Authenticate: Bearer"});
    is({invalid_api_token, {}}, {R"(WWW-Authenticate: Bearer error="invalid_token")"});
    is({overloaded, {}}, {"Retry-After: 1"});
    is({storage_unavailable, {}, seconds(7)}, {"Retry-After: 7"});
    is({rate_limited, {}, seconds(60)}, {"Retry-After: 60"});
    is({internal, {}}, {});
    is({webhook_not_found, {}}, {});
}

BOOST_AUTO_TEST_CASE(a_failure_of_ours_tells_nothing_but_the_request_id) {
    const auto error = internal_error("req_1");
    BOOST_TEST((error.code == internal));
    BOOST_TEST(error.message == "Something went wrong here; the log tells more under request id req_1.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
