// Our error codes in the words of the Connect protocol.

#include "server/gateway/connect/connect_errors.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

namespace gateway::connect {

namespace {

struct Expected {
    ErrorCode code;
    std::string_view word;
    unsigned status;
};

using enum ErrorCode;

constexpr Expected all_kinds[] = {
    {invalid_webhook_event, "invalid_argument", 400},
    {invalid_request, "invalid_argument", 400},
    {webhook_limit_reached, "failed_precondition", 400},
    {webhook_activation_failed, "failed_precondition", 400},
    {replay_already_running, "failed_precondition", 400},
    {missing_api_token, "unauthenticated", 401},
    {invalid_api_token, "unauthenticated", 401},
    {session_disabled, "permission_denied", 403},
    {user_blocked, "permission_denied", 403},
    {webhook_not_found, "not_found", 404},
    {route_not_found, "unimplemented", 404},
    {method_not_allowed, "unknown", 405},
    {identifier_already_exists, "already_exists", 409},
    {unsupported_media_type, "unimplemented", 415},
    {payload_too_large, "resource_exhausted", 429},
    {headers_too_large, "resource_exhausted", 429},
    {rate_limited, "resource_exhausted", 429},
    {internal, "internal", 500},
    {overloaded, "unavailable", 503},
    {storage_unavailable, "unavailable", 503},
    {request_timeout, "deadline_exceeded", 504},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(connect_errors_test)

BOOST_AUTO_TEST_CASE(each_kind_of_error_has_its_code_and_its_status) {
    for (const auto& [code, word, status] : all_kinds) {
        BOOST_TEST_CONTEXT(to_string(code)) {
            BOOST_TEST(connect_code(code) == word);
            BOOST_TEST(static_cast<unsigned>(connect_status(code)) == status);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::connect
