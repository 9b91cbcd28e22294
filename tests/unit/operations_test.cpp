#include "server/api/operation.hpp"
#include "server/gateway/rest/router.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace gateway::api {

namespace {

using enum ErrorCode;

std::vector<Operation> operations() {
    std::vector<Operation> all;
    for (const auto& tag : tags())
        all.insert(all.end(), tag.operations.begin(), tag.operations.end());
    return all;
}

Operation operation(const std::string_view id) {
    for (const auto& operation : operations())
        if (operation.id == id) return operation;
    throw std::logic_error("no such operation");
}

/// Every code that the operation declares.
std::set<ErrorCode> declared_by(const Operation& operation) {
    std::set<ErrorCode> codes;
    for (const auto code : all_error_codes)
        if (declares(operation, code)) codes.insert(code);
    return codes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(operations_test)

BOOST_AUTO_TEST_CASE(ids_are_unique) {
    std::set<std::string_view> ids;
    for (const auto& operation : operations())
        BOOST_TEST(ids.insert(operation.id).second, operation.id);
}

BOOST_AUTO_TEST_CASE(each_has_a_place_among_all_ids) {
    const auto ids = operation_ids();
    for (const auto& tag : tags())
        for (const auto& operation : tag.operations)
            BOOST_TEST(ids.at(operation_number(&operation)) == operation.id);
    BOOST_TEST(operation_number(nullptr) == ids.size());
}

BOOST_AUTO_TEST_CASE(no_target_could_mean_two_operations) {
    BOOST_CHECK_NO_THROW(Router{tags()});
}

BOOST_AUTO_TEST_CASE(messages_of_one_name_are_alike) {
    std::map<std::string_view, std::vector<std::string_view>> fields_by_name;
    for (const auto& operation : operations()) {
        const auto response = operation.performer.response();
        std::vector<std::string_view> names;
        for (const auto& field : response.fields)
            names.push_back(field.text.name);
        const auto known = fields_by_name.emplace(response.name, names).first;
        BOOST_TEST(known->second == names, operation.id);
    }
}

BOOST_AUTO_TEST_CASE(every_operation_is_complete) {
    for (const auto& tag : tags())
        BOOST_TEST(!tag.description.empty(), tag.name);
    for (const auto& operation : operations()) {
        BOOST_TEST_CONTEXT(operation.id) {
            BOOST_TEST(operation.performer.perform != nullptr);
            BOOST_TEST(!operation.summary.empty());
            for (const auto& route : operation.routes) {
                BOOST_TEST(route.path.starts_with('/'));
                const bool is_of_an_app = route.path.starts_with("/v2/session/apps/{appID}/");
                const bool is_for_receivers = operation.id == "getKeySet";  // who hold no key
                BOOST_TEST((is_of_an_app && !is_for_receivers) == (operation.access == Access::key));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_contracts_operation_is_bound_where_the_contract_says) {
    const auto add = operation("addWebhookEvent");
    BOOST_TEST_REQUIRE(add.routes.count == 1U);
    BOOST_TEST((add.routes.begin()->method == Method::post));
    BOOST_TEST(add.routes.begin()->path == "/v2/session/apps/{appID}/webhooks/{webhookID}/events");
    BOOST_TEST(add.performer.request().name == "PostWebhookEventRequest");
}

BOOST_AUTO_TEST_CASE(an_operation_declares_its_own_errors_and_the_common_ones) {
    const std::set open{internal, overloaded, storage_unavailable};
    auto list = open;
    list.insert({missing_api_token, invalid_api_token, app_not_found, session_disabled});
    auto get = list;
    get.insert(webhook_not_found);
    auto add = get;
    add.insert(invalid_webhook_event);
    BOOST_TEST((declared_by(operation("getHealth")) == open));
    BOOST_TEST((declared_by(operation("getReadiness")) == open));
    BOOST_TEST((declared_by(operation("listWebhooks")) == list));
    BOOST_TEST((declared_by(operation("getWebhook")) == get));
    BOOST_TEST((declared_by(operation("addWebhookEvent")) == add));
    auto metrics = open;
    metrics.insert({missing_api_token, invalid_api_token, all_apps_token_required});
    BOOST_TEST((declared_by(operation("getMetrics")) == metrics));
    auto update = get;
    update.insert(invalid_request);
    BOOST_TEST((declared_by(operation("updateWebhook")) == update));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
