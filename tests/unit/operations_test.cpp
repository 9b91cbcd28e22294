#include "server/api/operation.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace gateway::api {

namespace {

using enum ErrorCode;

const Operation& operation(const std::string_view id) {
    return *std::ranges::find(operations(), id, &Operation::id);
}

/// Every code that the operation declares.
std::set<ErrorCode> declared_by(const Operation& operation) {
    std::set<ErrorCode> codes;
    for (int code = 0; code <= static_cast<int>(storage_unavailable); ++code) {
        if (declares(operation, static_cast<ErrorCode>(code))) codes.insert(static_cast<ErrorCode>(code));
    }
    return codes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operations_test)

BOOST_AUTO_TEST_CASE(ids_and_bindings_are_unique) {
    std::set<std::string_view> ids;
    std::set<std::pair<http::verb, std::string_view>> bindings;
    for (const auto& operation : operations()) {
        BOOST_TEST_CONTEXT(operation.id) {
            BOOST_TEST(ids.insert(operation.id).second);
            for (const auto& [method, path, request] : operation.bindings)
                BOOST_TEST(bindings.emplace(method, path).second);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_operation_is_complete) {
    for (const auto& operation : operations()) {
        BOOST_TEST_CONTEXT(operation.id) {
            BOOST_TEST(operation.handler != nullptr);
            BOOST_TEST(!operation.bindings.empty());
            BOOST_TEST(!operation.tag.empty());
            BOOST_TEST(!operation.summary.empty());
            for (const auto& binding : operation.bindings) {
                BOOST_TEST(binding.path.starts_with('/'));
                const bool is_of_an_app = binding.path.starts_with("/v2/session/apps/{appID}/");
                BOOST_TEST(is_of_an_app == (operation.access == Access::key));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_contracts_operation_is_bound_where_the_contract_says) {
    const auto& add = operation("addWebhookEvent");
    BOOST_TEST_REQUIRE(add.bindings.size() == 1U);
    BOOST_TEST((add.bindings.front().method == http::verb::post));
    BOOST_TEST(add.bindings.front().path == "/v2/session/apps/{appID}/webhooks/{webhookID}/events");
    BOOST_TEST((add.bindings.front().request == Body::add_event_request));
}

BOOST_AUTO_TEST_CASE(an_operation_declares_its_own_errors_and_the_common_ones) {
    const std::set open{request_timeout, payload_too_large, headers_too_large,
                        internal,        overloaded,        storage_unavailable};
    auto list = open;
    list.insert(
        {missing_api_token, invalid_api_token, app_not_found, session_disabled, unsupported_media_type});
    auto get = list;
    get.insert(webhook_not_found);
    auto add = get;
    add.insert(invalid_webhook_event);
    BOOST_TEST((declared_by(operation("getHealth")) == open));
    BOOST_TEST((declared_by(operation("getReadiness")) == open));
    BOOST_TEST((declared_by(operation("listWebhooks")) == list));
    BOOST_TEST((declared_by(operation("getWebhook")) == get));
    BOOST_TEST((declared_by(operation("addWebhookEvent")) == add));
    auto update = get;
    update.insert(invalid_request);
    BOOST_TEST((declared_by(operation("updateWebhook")) == update));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
