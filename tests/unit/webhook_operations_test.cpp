// What the operations of the tags Webhooks and Mode do, each in a transaction of its own, without a server.

#include "server/api/mode.hpp"
#include "server/api/webhooks.hpp"
#include "tests/unit/service_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::api {

namespace {

using namespace std::chrono_literals;
using storage::Mode;
using storage::Transaction;

struct Fixture : test::ServiceFixture {
    Result<WebhookResponse> update(const UpdateWebhookRequest& request) {
        return write([&](auto& transaction) { return update_webhook(transaction, request, services); });
    }

    Result<WebhookResponse> deactivate(const std::string& id) {
        return write([&](auto& transaction) { return deactivate_webhook(transaction, {app, id}); });
    }

    Result<void> remove(const std::string& id) {
        return write([&](auto& transaction) { return delete_webhook(transaction, {app, id}); });
    }

    Result<WebhookResponse> add_event(const std::string& id, const EventType event) {
        return write([&](auto& transaction) { return add_webhook_event(transaction, {app, id, event}); });
    }

    Result<WebhookResponse> remove_event(const std::string& id, const EventType event) {
        return write([&](auto& transaction) { return remove_webhook_event(transaction, {app, id, event}); });
    }

    Result<void> change_mode(const Mode mode, const bool allow_http = false,
                             const std::string& of_app = app) {
        return write([&](auto& transaction) { return update_mode(transaction, {of_app, mode}, allow_http); });
    }

    std::size_t count() {
        return read([](storage::Snapshot& snapshot) { return storage::list_webhooks(snapshot, app); }).size();
    }
};

template <class T>
ErrorCode code_of(const Result<T>& outcome) {
    BOOST_TEST_REQUIRE(outcome.has_error());
    return outcome.error().code;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_operations_test, Fixture)

BOOST_AUTO_TEST_CASE(a_new_webhook_is_inactive_and_its_token_sealed) {
    const auto response = create().value().webhook;
    BOOST_TEST(response.id.starts_with("web_"));
    BOOST_TEST(response.url.text == url);
    BOOST_TEST(!response.active);
    BOOST_TEST(response.last_http_code == 0);
    BOOST_TEST((response.last_http_code_date.time == Timestamp{}));
    BOOST_TEST((response.created_at.time == clock.now() && response.updated_at.time == clock.now()));

    const auto row = find(response.id).value();
    BOOST_TEST(row.app_id == app);
    BOOST_TEST((row.events == response.events));
    BOOST_TEST(token_of(response.id) == "token");
    const auto sealed =
        read([&](storage::Snapshot& snapshot) { return storage::sealed_token(snapshot, response.id); });
    BOOST_TEST(std::string(sealed.begin(), sealed.end()).find("token") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(plain_http_is_for_apps_in_dev_mode_or_where_the_settings_allow_it) {
    BOOST_TEST((code_of(create(http_url)) == ErrorCode::invalid_request));
    BOOST_TEST(count() == 0U);
    services.webhooks.allow_http = true;
    BOOST_TEST(create(http_url).has_value());
    services.webhooks.allow_http = false;
    set_mode(Mode::dev);
    BOOST_TEST(create(http_url).has_value());
    BOOST_TEST((code_of(create(http_url, other_app)) == ErrorCode::invalid_request));
}

BOOST_AUTO_TEST_CASE(each_app_has_its_own_number_of_webhooks) {
    services.webhooks.max_per_app = 2;
    const auto first = created();
    created();
    BOOST_TEST((code_of(create()) == ErrorCode::webhook_limit_reached));
    BOOST_TEST(count() == 2U);
    BOOST_TEST(create(url, other_app).has_value());
    BOOST_TEST(remove(first).has_value());
    BOOST_TEST(create().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_as_wanted_already_changes_nothing) {
    const auto id = activated();
    const auto before = find(id).value();
    clock.advance(1s);
    BOOST_TEST(update({app, id, {}, {}, {}}).value().webhook.active);
    BOOST_TEST(update({app, id, WebhookUrl{url}, VerificationToken{"token"}, before.events}).has_value());
    BOOST_TEST(add_event(id, EventType::user_created).has_value());
    BOOST_TEST(remove_event(id, EventType::user_deleted).has_value());
    const auto after = find(id).value();
    BOOST_TEST(after.active);
    BOOST_TEST((after.updated_at == before.updated_at && after.events == before.events));
}

BOOST_AUTO_TEST_CASE(another_url_or_token_has_to_be_proved_and_other_events_do_not) {
    const auto id = activated();
    clock.advance(1s);
    BOOST_TEST(update({app, id, {}, {}, EventSet{}}).value().webhook.active);
    BOOST_TEST((find(id)->updated_at == clock.now() && find(id)->events == EventSet{}));

    BOOST_TEST(!update({app, id, WebhookUrl{"https://shop.example/other"}, {}, {}}).value().webhook.active);
    BOOST_TEST(find(id)->url == "https://shop.example/other");
    BOOST_TEST(token_of(id) == "token");

    const auto second = activated();
    clock.advance(1s);
    BOOST_TEST(!update({app, second, {}, VerificationToken{"new"}, {}}).value().webhook.active);
    BOOST_TEST(token_of(second) == "new");
    BOOST_TEST((find(second)->updated_at == clock.now() && find(second)->url == url));
}

BOOST_AUTO_TEST_CASE(an_update_that_is_refused_changes_nothing) {
    const auto id = activated();
    const auto before = find(id).value();
    clock.advance(1s);
    const auto outcome = update({app, id, WebhookUrl{http_url}, VerificationToken{"new"}, EventSet{}});
    BOOST_TEST((code_of(outcome) == ErrorCode::invalid_request));
    const auto after = find(id).value();
    BOOST_TEST(after.active);
    BOOST_TEST(after.url == url);
    BOOST_TEST((after.events == before.events && after.updated_at == before.updated_at));
    BOOST_TEST(token_of(id) == "token");
}

BOOST_AUTO_TEST_CASE(a_plain_http_url_stays_where_it_is_not_allowed_any_more_but_is_no_new_one) {
    set_mode(Mode::dev);
    const auto id = created(http_url);
    set_mode(Mode::prod);
    BOOST_TEST(update({app, id, WebhookUrl{http_url}, {}, EventSet{}}).has_value());
    BOOST_TEST(
        (code_of(update({app, id, WebhookUrl{http_url + "/b"}, {}, {}})) == ErrorCode::invalid_request));
    BOOST_TEST(find(id)->url == http_url);
}

BOOST_AUTO_TEST_CASE(events_keep_the_order_of_addition) {
    const auto id = activated();
    clock.advance(1s);
    BOOST_TEST(add_event(id, EventType::user_session_revoked).has_value());
    clock.advance(1s);
    const auto added = add_event(id, EventType::user_deleted).value().webhook;
    BOOST_TEST(to_json_text(added.events) == R"(["user.created","user.session.revoked","user.deleted"])");
    BOOST_TEST((added.updated_at.time == clock.now()));
    const auto removed = remove_event(id, EventType::user_session_revoked).value().webhook;
    BOOST_TEST(to_json_text(removed.events) == R"(["user.created","user.deleted"])");
    BOOST_TEST(remove_event(id, EventType::user_created).has_value());
    BOOST_TEST(remove_event(id, EventType::user_deleted).has_value());
    BOOST_TEST((find(id)->events == EventSet{}));
    BOOST_TEST(find(id)->active);
}

BOOST_AUTO_TEST_CASE(a_webhook_is_deactivated_once) {
    const auto id = activated();
    clock.advance(1s);
    BOOST_TEST(!deactivate(id).value().webhook.active);
    const auto then = clock.now();
    BOOST_TEST((find(id)->updated_at == then));
    clock.advance(1s);
    BOOST_TEST(!deactivate(id).value().webhook.active);
    BOOST_TEST((find(id)->updated_at == then));
}

BOOST_AUTO_TEST_CASE(a_deleted_webhook_is_gone_and_the_others_stay) {
    const auto id = created();
    const auto other = created();
    BOOST_TEST(remove(id).has_value());
    BOOST_TEST(!find(id));
    BOOST_TEST(find(other).has_value());
    BOOST_TEST((code_of(remove(id)) == ErrorCode::webhook_not_found));
}

BOOST_AUTO_TEST_CASE(no_operation_finds_the_webhook_of_another_app) {
    const auto id = activated();
    const auto before = find(id).value();
    const std::vector<std::function<Result<void>(Transaction&)>> operations{
        [&](auto& transaction) {
            return delete_webhook(transaction, {other_app, id});
        },
        [&](auto& transaction) -> Result<void> {
            const auto outcome = get_webhook(transaction, {other_app, id});
            return outcome ? Result<void>() : outcome.error();
        },
        [&](auto& transaction) -> Result<void> {
            const UpdateWebhookRequest request{other_app, id, {}, VerificationToken{"new"}, EventSet{}};
            const auto outcome = update_webhook(transaction, request, services);
            return outcome ? Result<void>() : outcome.error();
        },
        [&](auto& transaction) -> Result<void> {
            const auto outcome = deactivate_webhook(transaction, {other_app, id});
            return outcome ? Result<void>() : outcome.error();
        },
        [&](auto& transaction) -> Result<void> {
            const auto outcome = add_webhook_event(transaction, {other_app, id, EventType::user_deleted});
            return outcome ? Result<void>() : outcome.error();
        },
        [&](auto& transaction) -> Result<void> {
            const auto outcome = remove_webhook_event(transaction, {other_app, id, EventType::user_created});
            return outcome ? Result<void>() : outcome.error();
        },
    };
    clock.advance(1s);
    for (const auto& operation : operations)
        BOOST_TEST((code_of(write(operation)) == ErrorCode::webhook_not_found));
    const auto after = find(id).value();
    BOOST_TEST(after.active);
    BOOST_TEST((after.events == before.events && after.updated_at == before.updated_at));
    BOOST_TEST(token_of(id) == "token");
}

BOOST_AUTO_TEST_CASE(back_in_prod_webhooks_with_a_plain_http_url_become_inactive) {
    BOOST_TEST(change_mode(Mode::dev).has_value());
    const auto http = activated(http_url);
    const auto https = activated();
    clock.advance(1s);
    BOOST_TEST(change_mode(Mode::dev).has_value());
    BOOST_TEST(find(http)->active);
    BOOST_TEST(change_mode(Mode::prod).has_value());
    BOOST_TEST(!find(http)->active);
    BOOST_TEST((find(http)->updated_at == clock.now()));
    BOOST_TEST(find(https)->active);
    BOOST_TEST((find(https)->updated_at != clock.now()));
    const auto mode = read([](storage::Snapshot& snapshot) { return get_mode(snapshot, {app}); });
    BOOST_TEST((mode.value().mode == Mode::prod));
}

BOOST_AUTO_TEST_CASE(they_stay_active_where_the_settings_allow_plain_http) {
    set_mode(Mode::dev);
    const auto id = activated(http_url);
    BOOST_TEST(change_mode(Mode::prod, true).has_value());
    BOOST_TEST(find(id)->active);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_cannot_be_read_becomes_inactive_in_prod_and_nothing_else_of_it_changes) {
    set_mode(Mode::dev);
    const auto events = activated();
    const auto created_at = activated();
    const auto updated_at = activated();
    const auto http = activated(http_url);
    tamper("UPDATE webhooks SET events = '[\"nope\"]' WHERE id = '" + events + "'");
    tamper("UPDATE webhooks SET created_at = 'long ago' WHERE id = '" + created_at + "'");
    tamper("UPDATE webhooks SET updated_at = 'just now' WHERE id = '" + updated_at + "'");
    clock.advance(1s);
    BOOST_TEST(change_mode(Mode::prod).has_value());
    for (const auto& id : {events, created_at, updated_at, http}) {
        BOOST_TEST(!find(id)->active);
        BOOST_TEST((find(id)->updated_at == clock.now()));
    }
    BOOST_TEST(find(events)->fault.find("events holds [\"nope\"]") != std::string::npos);
    BOOST_TEST(find(created_at)->fault.find("created_at holds \"long ago\"") != std::string::npos);
    BOOST_TEST(find(updated_at)->fault.empty());
}

BOOST_AUTO_TEST_CASE(a_webhook_that_cannot_be_read_can_be_deleted_by_its_own_app) {
    const auto id = created();
    tamper("UPDATE webhooks SET events = '[\"nope\"]'");
    const auto get = [&](const std::string& of_app) {
        return read([&](storage::Snapshot& snapshot) { return get_webhook(snapshot, {of_app, id}); });
    };
    BOOST_CHECK_THROW(get(app), std::runtime_error);
    BOOST_TEST((code_of(get(other_app)) == ErrorCode::webhook_not_found));
    const auto remove_as_other = [&](auto& transaction) {
        return delete_webhook(transaction, {other_app, id});
    };
    BOOST_TEST((code_of(write(remove_as_other)) == ErrorCode::webhook_not_found));
    BOOST_TEST(remove(id).has_value());
    BOOST_TEST(!find(id));
}

BOOST_AUTO_TEST_CASE(an_app_whose_mode_cannot_be_read_may_do_what_prod_may_and_gets_a_mode_anew) {
    set_mode(Mode::dev);
    const auto http = activated(http_url);
    tamper("UPDATE apps SET mode = 'test'");
    const auto get = [&] {
        return read([](storage::Snapshot& snapshot) { return get_mode(snapshot, {app}); }).value().mode;
    };
    BOOST_CHECK_THROW(get(), std::runtime_error);
    BOOST_TEST((code_of(create(http_url)) == ErrorCode::invalid_request));
    BOOST_TEST(change_mode(Mode::prod).has_value());
    BOOST_TEST((get() == Mode::prod));
    BOOST_TEST(!find(http)->active);
}

BOOST_AUTO_TEST_CASE(an_app_that_does_not_exist_has_no_mode) {
    BOOST_TEST((code_of(change_mode(Mode::dev, false, "nothere")) == ErrorCode::app_not_found));
    const auto mode = read([](storage::Snapshot& snapshot) { return get_mode(snapshot, {"nothere"}); });
    BOOST_TEST((code_of(mode) == ErrorCode::app_not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
