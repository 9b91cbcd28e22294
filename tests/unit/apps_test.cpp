#include "storage/tables/apps.hpp"

#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::storage {

namespace {

struct Fixture : test::TestTables {
    bool add(const std::string& id, const std::string& name) {
        return write([&](Transaction& transaction) { return insert_app(transaction, id, name); });
    }

    std::optional<App> find(const std::string& id) {
        return read([&](Snapshot& snapshot) { return find_app(snapshot, id); });
    }

    bool enable(const std::string& id, const bool enabled) {
        return write(
            [&](Transaction& transaction) { return set_sessions_enabled(transaction, id, enabled); });
    }

    bool remove(const std::string& id) {
        return write([&](Transaction& transaction) { return delete_app(transaction, id); });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(apps_test, Fixture)

BOOST_AUTO_TEST_CASE(an_app_id_is_seven_lower_case_letters_and_digits) {
    for (const auto* const id : {"54e9ujn", "aaaaaaa", "0000000", "z9z9z9z"})
        BOOST_TEST(is_app_id(id), id);
    for (const auto* const id : {"", "54e9uj", "54e9ujnn", "54E9ujn", "54e9uj ", "54e-ujn", "54e9uj\xc3"})
        BOOST_TEST(!is_app_id(id), id);
    BOOST_TEST(!is_app_id(std::string_view("54e9uj\0", 7)));
}

BOOST_AUTO_TEST_CASE(an_app_that_was_added_is_found_with_sessions_enabled) {
    BOOST_TEST(add("54e9ujn", "Shop"));
    const auto app = find("54e9ujn");
    BOOST_REQUIRE(app.has_value());
    BOOST_TEST(app->id == "54e9ujn");
    BOOST_TEST(app->name == "Shop");
    BOOST_TEST(app->sessions_enabled);
    BOOST_CHECK(app->created_at == clock.now());
    BOOST_CHECK(app->updated_at == clock.now());
}

BOOST_AUTO_TEST_CASE(an_app_that_is_not_there_is_not_found) {
    BOOST_CHECK(!find("54e9ujn"));
    BOOST_TEST(!enable("54e9ujn", true));
    BOOST_TEST(!remove("54e9ujn"));
}

BOOST_AUTO_TEST_CASE(an_id_that_is_taken_is_not_given_again) {
    BOOST_TEST(add("54e9ujn", "Shop"));
    BOOST_TEST(!add("54e9ujn", "Other"));
    BOOST_TEST(find("54e9ujn")->name == "Shop");
}

BOOST_AUTO_TEST_CASE(apps_are_listed_oldest_first) {
    add("zzzzzzz", "");
    add("aaaaaaa", "");
    clock.advance(std::chrono::hours(-1));
    add("mmmmmmm", "");
    const auto apps = read([](Snapshot& snapshot) { return list_apps(snapshot); });
    BOOST_REQUIRE(apps.size() == 3U);
    BOOST_TEST(apps[0].id == "zzzzzzz");
    BOOST_TEST(apps[1].id == "aaaaaaa");
    BOOST_TEST(apps[2].id == "mmmmmmm");
}

BOOST_AUTO_TEST_CASE(sessions_are_disabled_and_enabled) {
    add("54e9ujn", "Shop");
    clock.advance(std::chrono::milliseconds(5));
    BOOST_TEST(enable("54e9ujn", false));
    BOOST_TEST(!find("54e9ujn")->sessions_enabled);
    BOOST_CHECK(find("54e9ujn")->updated_at == clock.now());
    BOOST_CHECK(find("54e9ujn")->created_at < clock.now());
    BOOST_TEST(enable("54e9ujn", true));
    BOOST_TEST(find("54e9ujn")->sessions_enabled);
}

BOOST_AUTO_TEST_CASE(deleting_an_app_takes_its_webhooks_and_tokens_and_no_others) {
    add("54e9ujn", "Shop");
    add("other77", "Other");
    ask("INSERT INTO webhooks (id, app_id, url, events, created_at, updated_at, verification_token_sealed)"
        " VALUES ('web_1', '54e9ujn', '', '[]', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z', "
        "x''), ('web_2', 'other77', '', '[]', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z', x'')");
    ask("INSERT INTO api_tokens (id, sha256, app_id, name, created_at)"
        " SELECT 'tok_' || value, printf('%064x', value), app, '', '2025-03-15T12:00:00.000Z'"
        " FROM (SELECT 1 AS value, '54e9ujn' AS app UNION ALL SELECT 2, 'other77' UNION ALL SELECT 3, NULL)");
    BOOST_TEST(remove("54e9ujn"));
    BOOST_CHECK(!find("54e9ujn"));
    BOOST_TEST(ask("SELECT id FROM webhooks") == "web_2");
    BOOST_TEST(ask("SELECT id FROM api_tokens ORDER BY number") == "tok_2\ntok_3");
}

BOOST_AUTO_TEST_CASE(a_change_by_hand_is_seen) {
    add("54e9ujn", "Shop");
    ask("UPDATE apps SET name = 'Emporium', sessions_enabled = 0 WHERE id = '54e9ujn'");
    BOOST_TEST(find("54e9ujn")->name == "Emporium");
    BOOST_TEST(!find("54e9ujn")->sessions_enabled);
}

BOOST_AUTO_TEST_CASE(the_file_refuses_nonsense) {
    const auto insert = [this](const std::string& values) {
        return ask("INSERT INTO apps (id, name, sessions_enabled, created_at, updated_at) VALUES (" + values +
                   ", '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
    };
    BOOST_CHECK_THROW(insert("'short', '', 1"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("'54E9UJN', '', 1"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("'54e9ujn', '', 2"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("'54e9ujn', '', 'yes'"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("'54e9ujn', NULL, 1"), SQLite::Exception);
    BOOST_CHECK_NO_THROW(insert("'54e9ujn', '', 1"));
}

BOOST_AUTO_TEST_CASE(an_app_is_found_whatever_form_a_person_wrote_its_times_in) {
    write([](Transaction& transaction) { return insert_app(transaction, "54e9ujn", "Shop", Mode::dev); });
    BOOST_TEST(find("54e9ujn")->fault.empty());
    tamper("UPDATE apps SET updated_at = 'last week'");
    const auto app = find("54e9ujn");
    BOOST_TEST((app->mode == Mode::dev));
    BOOST_TEST(app->sessions_enabled);
    BOOST_TEST(app->fault.starts_with("row 54e9ujn of apps: updated_at holds \"last week\" where "),
               app->fault);
}

BOOST_AUTO_TEST_CASE(an_app_whose_mode_is_none_has_none_and_says_so_first) {
    add("54e9ujn", "Shop");
    tamper("UPDATE apps SET mode = 'test', created_at = 'last week'");
    BOOST_TEST(!find("54e9ujn")->mode);
    BOOST_TEST(find("54e9ujn")->fault.starts_with("row 54e9ujn of apps: mode holds test where dev or prod "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
