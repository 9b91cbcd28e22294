#include "storage/tables/webhooks.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace gateway::storage {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct Fixture : test::TestTables {
    Fixture() {
        write([](Transaction& transaction) { return insert_app(transaction, "54e9ujn", "Shop"); });
        write([](Transaction& transaction) { return insert_app(transaction, "other77", "Other"); });
    }

    Webhook add(const std::string& id, const std::string& app_id = "54e9ujn") {
        Webhook webhook;
        webhook.id = id;
        webhook.app_id = app_id;
        webhook.url = "https://shop.example/hook";
        webhook.created_at = webhook.updated_at = clock.now();
        const std::array<std::uint8_t, 2> sealed{1, 2};
        write([&](Transaction& transaction) {
            insert_webhook(transaction, webhook, sealed);
            return true;
        });
        return webhook;
    }

    std::optional<Webhook> find(const std::string& id) {
        return read([&](Snapshot& snapshot) { return find_webhook(snapshot, id); });
    }

    Webhook add_event(const std::string& id, const EventType type) {
        return write([&](Transaction& transaction) {
            auto webhook = find_webhook(transaction, id).value();
            webhook.events.add(type);
            update_webhook(transaction, webhook);
            return webhook;
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhooks_test, Fixture)

BOOST_AUTO_TEST_CASE(a_webhook_that_was_added_is_found_as_it_was) {
    const Webhook added = add("web_1");
    const auto found = find("web_1");
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->id == added.id);
    BOOST_TEST(found->app_id == added.app_id);
    BOOST_TEST(found->url == added.url);
    BOOST_CHECK(found->events == EventSet());
    BOOST_TEST(!found->active);
    BOOST_CHECK(!found->last_http_code);
    BOOST_CHECK(!found->last_http_code_date);
    BOOST_CHECK(found->created_at == clock.now());
    BOOST_CHECK(found->updated_at == clock.now());
    BOOST_TEST(ask("SELECT hex(verification_token_sealed) FROM webhooks") == "0102");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_not_there_is_not_found) {
    BOOST_CHECK(!find("web_1"));
}

BOOST_AUTO_TEST_CASE(a_webhook_is_found_in_its_own_app_only) {
    add("web_1");
    const auto in_app = [this](const std::string& app_id) {
        return read([&](Snapshot& snapshot) { return find_webhook(snapshot, app_id, "web_1"); }).has_value();
    };
    BOOST_TEST(in_app("54e9ujn"));
    BOOST_TEST(!in_app("other77"));
}

BOOST_AUTO_TEST_CASE(the_webhooks_of_one_app_are_listed_oldest_first) {
    add("web_3");
    add("web_2", "other77");
    add("web_1");
    const auto webhooks = read([](Snapshot& snapshot) { return list_webhooks(snapshot, "54e9ujn"); });
    BOOST_REQUIRE(webhooks.size() == 2U);
    BOOST_TEST(webhooks[0].id == "web_3");
    BOOST_TEST(webhooks[1].id == "web_1");
}

BOOST_AUTO_TEST_CASE(a_webhook_of_an_app_that_is_not_there_is_refused) {
    BOOST_CHECK_THROW(add("web_1", "nowhere"), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(events_keep_the_order_of_addition) {
    add("web_1");
    add_event("web_1", EventType::user_session_revoked);
    add_event("web_1", EventType::user_created);
    add_event("web_1", EventType::user_deleted);
    const auto found = find("web_1");
    BOOST_TEST(to_json_text(found->events) == R"(["user.session.revoked","user.created","user.deleted"])");
}

BOOST_AUTO_TEST_CASE(a_change_moves_updated_at_in_the_row_and_in_the_value) {
    add("web_1");
    clock.advance(hours(1));
    const Webhook changed = add_event("web_1", EventType::user_created);
    BOOST_CHECK(changed.updated_at == clock.now());
    BOOST_CHECK(find("web_1")->updated_at == clock.now());
    BOOST_CHECK(find("web_1")->created_at == clock.now() - hours(1));
}

BOOST_AUTO_TEST_CASE(updated_at_moves_on_when_the_clock_stands_still_or_goes_backwards) {
    const Timestamp before = add("web_1").updated_at;
    add_event("web_1", EventType::user_created);
    BOOST_CHECK(find("web_1")->updated_at == before + milliseconds(1));
    clock.advance(-hours(1));
    add_event("web_1", EventType::user_deleted);
    BOOST_CHECK(find("web_1")->updated_at == before + milliseconds(2));
}

BOOST_AUTO_TEST_CASE(changing_one_webhook_leaves_the_others) {
    add("web_1");
    const Webhook other = add("web_2");
    clock.advance(hours(1));
    add_event("web_1", EventType::user_created);
    BOOST_CHECK(find("web_2")->updated_at == other.updated_at);
    BOOST_CHECK(find("web_2")->events == other.events);
}

BOOST_AUTO_TEST_CASE(the_view_of_events_has_one_row_for_each_in_the_order_of_addition) {
    add("web_2");
    add("web_1", "other77");
    add_event("web_1", EventType::user_created);
    add_event("web_2", EventType::user_session_created);
    add_event("web_2", EventType::user_created);
    BOOST_TEST(ask("SELECT webhook_id, app_id, position, event FROM webhook_events") ==
               "web_2|54e9ujn|1|user.session.created\n"
               "web_2|54e9ujn|2|user.created\n"
               "web_1|other77|1|user.created");
}

BOOST_AUTO_TEST_CASE(the_overview_has_every_webhook_with_its_app_its_state_and_its_events_on_one_line) {
    add("web_2");
    add("web_1");
    add("web_3", "other77");
    add_event("web_2", EventType::user_session_created);
    add_event("web_2", EventType::user_created);
    ask("UPDATE webhooks SET active = 1 WHERE id <> 'web_1'");
    ask("UPDATE apps SET sessions_enabled = 0 WHERE id = 'other77'");
    BOOST_TEST(ask("SELECT webhook_id, app_id, app_name, state, url, events FROM webhook_overview") ==
               "web_2|54e9ujn|Shop|active|https://shop.example/hook|user.session.created, user.created\n"
               "web_1|54e9ujn|Shop|inactive|https://shop.example/hook|\n"
               "web_3|other77|Other|sessions disabled|https://shop.example/hook|");
}

BOOST_AUTO_TEST_CASE(the_overview_shows_no_secret_and_tells_never_as_null) {
    add("web_1");
    BOOST_TEST(
        ask("SELECT last_http_code, last_http_code_date, created_at, updated_at FROM webhook_overview") ==
        "NULL|NULL|2025-03-15T12:00:00.000Z|2025-03-15T12:00:00.000Z");
    BOOST_TEST(ask("SELECT count(*) FROM pragma_table_info('webhook_overview') WHERE name GLOB '*token*'") ==
               "0");
}

BOOST_AUTO_TEST_CASE(a_change_by_hand_is_seen) {
    add("web_1");
    ask(R"(UPDATE webhooks SET active = 1, events = '["user.deleted", "user.created"]')");
    ask("INSERT INTO webhook_health (webhook, last_http_code, last_http_code_date)"
        " SELECT number, 503, '2025-03-15T12:00:01.000Z' FROM webhooks");
    const auto found = find("web_1");
    BOOST_TEST(found->active);
    BOOST_TEST(to_json_text(found->events) == R"(["user.deleted","user.created"])");
    BOOST_TEST(found->last_http_code.value() == 503);
    BOOST_CHECK(found->last_http_code_date == clock.now() + std::chrono::seconds(1));
}

BOOST_AUTO_TEST_CASE(an_event_that_a_person_misspelt_is_told_and_not_lost) {
    add("web_1");
    tamper(R"(UPDATE webhooks SET events = '["user.craeted"]')");
    auto found = find("web_1").value();
    BOOST_TEST(found.fault.starts_with(R"(row web_1 of webhooks: events holds ["user.craeted"] where )"));
    const auto update = [&](Transaction& transaction) {
        update_webhook(transaction, found);
        return true;
    };
    BOOST_CHECK_THROW(write(update), std::logic_error);
    BOOST_TEST(ask("SELECT events FROM webhooks") == R"(["user.craeted"])");
}

BOOST_AUTO_TEST_CASE(the_file_refuses_nonsense) {
    add("web_1");
    const auto set = [this](const std::string& assignment) {
        return ask("UPDATE webhooks SET " + assignment);
    };
    BOOST_CHECK_THROW(set("events = 'user.created'"), SQLite::Exception);
    BOOST_CHECK_THROW(set(R"(events = '{"user.created": 1}')"), SQLite::Exception);
    BOOST_CHECK_THROW(set("events = NULL"), SQLite::Exception);
    BOOST_CHECK_THROW(set("active = 2"), SQLite::Exception);
    BOOST_CHECK_THROW(set("active = 'yes'"), SQLite::Exception);
    BOOST_CHECK_THROW(set("verification_token_sealed = NULL"), SQLite::Exception);
    BOOST_CHECK_THROW(
        ask("INSERT INTO webhook_health (webhook, last_http_code) SELECT number, 'fine' FROM webhooks"),
        SQLite::Exception);
    BOOST_CHECK_THROW(add("web_1"), SQLite::Exception);
    BOOST_TEST(ask("SELECT events, active FROM webhooks") == "[]|0");
}

BOOST_AUTO_TEST_CASE(there_is_one_sealing_key_in_use_at_most) {
    ask("INSERT INTO sealing_key (key_id, since) VALUES ('key_1', '')");
    BOOST_CHECK_THROW(ask("INSERT INTO sealing_key (key_id, since) VALUES ('key_2', '')"), SQLite::Exception);
    BOOST_CHECK_THROW(ask("INSERT INTO sealing_key (only_row, key_id, since) VALUES (2, 'key_2', '')"),
                      SQLite::Exception);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
