// The tables of users: what their functions write and find, and by which ways.

#include "storage/tables/users.hpp"

#include "storage/tables/scopes.hpp"
#include "storage/tables/user_removal.hpp"
#include "storage/tables/user_sessions.hpp"
#include "tests/support/recorded_session.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

namespace gateway::storage {

namespace {

const std::string app = "54e9ujn";
const std::string other_app = "other77";
const Identifier ada{IdentifierType::email_address, "ada@example.com"};
const Identifier phone{IdentifierType::phone_number, "+4915123456789"};

struct Fixture : test::TestTables {
    User add(const std::string& id, const std::string& of_app = app,
             const std::vector<Identifier>& with = {}) {
        return write([&](Transaction& transaction) {
            User user{.id = id,
                      .app_id = of_app,
                      .external_id = {},
                      .created_at = transaction.now(),
                      .updated_at = transaction.now()};
            insert_user(transaction, user);
            for (const auto& identifier : with)
                insert_identifier(transaction, of_app, user.number, identifier);
            return user;
        });
    }

    std::optional<User> find(const std::string& id, const std::string& of_app = app) {
        return read([&](Snapshot& snapshot) { return find_user(snapshot, of_app, id); });
    }

    void change(User& user) {
        write([&](Transaction& transaction) {
            update_user(transaction, user);
            return true;
        });
    }

    /// With `sessions` sessions and one scope.
    void furnish(const std::int64_t user, const int sessions) {
        const auto number = std::to_string(user);
        ask("INSERT OR IGNORE INTO app_scopes (number, app_id, scope) VALUES (1, '" + app + "', 'read')");
        ask("INSERT INTO user_scopes VALUES (" + number + ", 1)");
        ask("INSERT INTO user_sessions (user, id, identifier_type, identifier_value, created_at, "
            "last_seen_at)"
            " WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each LIMIT " +
            std::to_string(sessions) + ") SELECT " + number +
            ", printf('ses_%03d', i), 'phone_number', '+1', '2025-03-15T12:00:00.000Z',"
            " '2025-03-15T12:00:00.000Z' FROM each");
    }

    bool refuses(const std::string& sql) {
        try {
            ask(sql);
            return false;
        } catch (const SQLite::Exception&) {
            return true;
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(users_test, Fixture)

BOOST_AUTO_TEST_CASE(a_user_is_found_in_their_app_alone) {
    auto user = add("usr_1", app, {ada, phone});
    user.external_id = "customer-1";
    change(user);
    BOOST_TEST(find("usr_1").value().external_id.value() == "customer-1");
    BOOST_TEST(find("usr_1").value().profile == "{}");
    BOOST_TEST(!find("usr_1", other_app).has_value());
    read([&](Snapshot& snapshot) {
        BOOST_TEST(find_user_by_external_id(snapshot, app, "customer-1").value().id == "usr_1");
        BOOST_TEST(!find_user_by_external_id(snapshot, other_app, "customer-1").has_value());
        BOOST_TEST(find_user_by_identifier(snapshot, app, phone).value().id == "usr_1");
        BOOST_TEST(!find_user_by_identifier(snapshot, other_app, phone).has_value());
        BOOST_TEST(!find_user_by_identifier(snapshot, app, {IdentifierType::email_address, phone.value}));
        BOOST_TEST((identifiers_of(snapshot, user.number) == std::vector{ada, phone}));
        return true;
    });
}

BOOST_AUTO_TEST_CASE(what_is_one_users_in_an_app_may_be_anothers_in_another) {
    add("usr_1", app, {ada});
    add("usr_1", other_app, {ada});
    ask("UPDATE users SET external_id = 'c'");
    BOOST_TEST(
        refuses("INSERT INTO users (id, app_id, created_at, updated_at) SELECT id, app_id, created_at,"
                " updated_at FROM users"));
    BOOST_TEST(
        refuses("INSERT INTO users (id, app_id, external_id, created_at, updated_at) SELECT 'usr_2', app_id,"
                " external_id, created_at, updated_at FROM users"));
    BOOST_TEST(
        refuses("INSERT INTO user_identifiers SELECT user, position + 1, type, value, app_id"
                " FROM user_identifiers"));
}

BOOST_AUTO_TEST_CASE(the_tables_take_what_the_program_reads_and_nothing_else) {
    const auto user = add("usr_1", app, {ada});
    furnish(user.number, 1);
    for (const std::string column : {"created_at", "updated_at"})
        BOOST_TEST(refuses("UPDATE users SET " + column + " = '2025-03-15 12:00:00'"));
    BOOST_TEST(refuses("UPDATE users SET status = 'gone'"));
    for (const std::string profile : {"", "[]", "{", "{}x", R"({"a"})"})
        BOOST_TEST(refuses("UPDATE users SET profile = '" + profile + "'"), profile);
    for (const std::string profile : {R"({})", R"({ "a" : [1.50e+400, "\u0000é"] })"})
        BOOST_TEST(!refuses("UPDATE users SET profile = '" + profile + "'"), profile);
    BOOST_TEST(refuses("UPDATE users SET external_id = ''"));
    BOOST_TEST(refuses("UPDATE user_identifiers SET type = 'fax'"));
    BOOST_TEST(refuses("UPDATE user_sessions SET identifier_type = 'fax'"));
    BOOST_TEST(refuses("UPDATE user_sessions SET metadata = '[]'"));
    BOOST_TEST(refuses("UPDATE user_sessions SET last_seen_at = ''"));
    for (const std::string scope : {"", "a b", "a*"})
        BOOST_TEST(refuses("UPDATE app_scopes SET scope = '" + scope + "'"), scope);
    BOOST_TEST(!refuses("UPDATE app_scopes SET scope = 'Az09.-_:'"));
}

BOOST_AUTO_TEST_CASE(a_change_moves_updated_at_even_when_the_clock_does_not) {
    auto user = add("usr_1");
    clock.advance(std::chrono::hours(-1));
    user.status = UserStatus::blocked;
    user.profile = R"({"a":1})";
    change(user);
    const auto found = find("usr_1").value();
    BOOST_TEST((found.updated_at == user.created_at + std::chrono::milliseconds(1)));
    BOOST_TEST((found.status == UserStatus::blocked));
    BOOST_TEST(found.profile == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_not_written) {
    add("usr_1");
    tamper("UPDATE users SET status = 'gone'");
    auto user = find("usr_1").value();
    BOOST_TEST(
        user.fault.starts_with("row usr_1 of users: status holds gone where active or blocked belongs"));
    BOOST_CHECK_THROW(change(user), std::logic_error);
}

BOOST_AUTO_TEST_CASE(identifiers_keep_the_order_of_their_addition) {
    const auto user = add("usr_1", app, {phone, ada});
    write([&](Transaction& transaction) {
        delete_identifier(transaction, user.number, phone);
        insert_identifier(transaction, app, user.number, phone);
        BOOST_TEST((identifiers_of(transaction, user.number) == std::vector{ada, phone}));
        return true;
    });
}

BOOST_AUTO_TEST_CASE(users_are_listed_newest_first_in_pages) {
    for (int i = 1; i <= 5; ++i)
        add("usr_" + std::to_string(i), i == 3 ? other_app : app);
    read([&](Snapshot& snapshot) {
        const auto first = list_users(snapshot, app, newest, 3);
        BOOST_TEST_REQUIRE(first.items.size() == 3U);
        BOOST_TEST(first.items[0].id == "usr_5");
        BOOST_TEST(first.items[2].id == "usr_2");
        const auto second = list_users(snapshot, app, first.next.value(), 3);
        BOOST_TEST_REQUIRE(second.items.size() == 1U);
        BOOST_TEST(second.items[0].id == "usr_1");
        BOOST_TEST(!second.next.has_value());
        BOOST_TEST(!list_users(snapshot, app, newest, 4).next.has_value());
        return true;
    });
}

BOOST_AUTO_TEST_CASE(whoever_is_deleted_leaves_no_row) {
    const auto user = add("usr_1", app, {ada, phone});
    const auto stays = add("usr_2", app, {{IdentifierType::phone_number, "+4915100000000"}});
    furnish(user.number, 3);
    furnish(stays.number, 1);
    write([&](Transaction& transaction) {
        BOOST_TEST((session_ids(transaction, user.number) ==
                    std::vector<std::string>{"ses_001", "ses_002", "ses_003"}));
        BOOST_TEST((scopes_of(transaction, user.number) == std::vector<std::string>{"read"}));
        delete_user(transaction, user.number);
        return true;
    });
    for (const std::string table : {"user_identifiers", "user_sessions", "user_scopes"})
        BOOST_TEST(ask("SELECT user, count(*) FROM " + table) == std::to_string(stays.number) + "|1", table);
    BOOST_TEST(ask("SELECT id FROM users") == "usr_2");
}

BOOST_AUTO_TEST_CASE(a_scope_that_was_removed_is_nobodys_at_once) {
    const auto user = add("usr_1");
    furnish(user.number, 1);
    ask("UPDATE app_scopes SET removed_at = '2025-03-15T12:00:00.000Z'");
    ask("INSERT INTO app_scopes (app_id, scope) VALUES ('54e9ujn', 'read')");
    BOOST_TEST(read([&](Snapshot& snapshot) { return scopes_of(snapshot, user.number); }).empty());
    BOOST_TEST(refuses("INSERT INTO app_scopes (app_id, scope) VALUES ('54e9ujn', 'read')"));
    const auto remove = [](Transaction& transaction) {
        return transaction.execute("DELETE FROM app_scopes WHERE number = 1");
    };
    BOOST_CHECK_THROW(write(remove), std::exception);  // while a user's row names it
}

BOOST_AUTO_TEST_CASE(what_removed_scopes_left_goes_in_parts) {
    ask("INSERT INTO app_scopes VALUES (1, '54e9ujn', 'read', NULL), (2, '54e9ujn', 'write', NULL),"
        " (3, '54e9ujn', 'admin', NULL)");
    for (int i = 1; i <= 300; ++i)
        add("usr_" + std::to_string(i));
    ask("INSERT INTO user_scopes SELECT users.number, app_scopes.number FROM users, app_scopes"
        " WHERE app_scopes.number < 3");
    BOOST_TEST(!read(has_removed_scopes));
    write([](Transaction& transaction) {
        remove_scope(transaction, 1);
        remove_scope(transaction, 3);
        return true;
    });
    BOOST_TEST(read(has_removed_scopes));
    BOOST_TEST(!write(remove_scope_rows));
    BOOST_TEST(ask("SELECT scope, count(*) FROM user_scopes GROUP BY scope") == "1|100\n2|300");
    BOOST_TEST(write(remove_scope_rows));
    BOOST_TEST(!read(has_removed_scopes));
    BOOST_TEST(ask("SELECT number FROM app_scopes") == "2");
    BOOST_TEST(ask("SELECT scope, count(*) FROM user_scopes GROUP BY scope") == "2|300");
}

BOOST_AUTO_TEST_CASE(the_users_of_an_app_are_removed_in_parts) {
    for (int i = 1; i <= 10; ++i)
        furnish(
            add("usr_" + std::to_string(i), app, {{IdentifierType::phone_number, "+" + std::to_string(i)}})
                .number,
            20);
    add("usr_1", other_app, {ada});
    const auto remove = [&] {
        return write([&](Transaction& transaction) { return remove_users(transaction, app, 100); });
    };
    BOOST_TEST(!remove());
    BOOST_TEST(ask("SELECT count(*) FROM users") == "6");  // 23 rows each
    BOOST_TEST(!remove());
    BOOST_TEST(ask("SELECT count(*) FROM app_scopes") == "1");
    BOOST_TEST(remove());
    BOOST_TEST(ask("SELECT id, app_id FROM users") == "usr_1|other77");
    BOOST_TEST(ask("SELECT value FROM user_identifiers") == "ada@example.com");
    BOOST_TEST(ask("SELECT count(*) FROM app_scopes") == "0");
}

BOOST_AUTO_TEST_CASE(every_statement_walks_an_index) {
    const test::TestFile file{clock};
    test::RecordedSession recorded{file.path()};
    recorded.statement("BEGIN IMMEDIATE").step();
    Transaction transaction(recorded, nullptr, clock.now());
    User user{.id = "usr_1",
              .app_id = app,
              .external_id = "c",
              .created_at = clock.now(),
              .updated_at = clock.now()};
    insert_user(transaction, user);
    insert_identifier(transaction, app, user.number, ada);
    BOOST_TEST(find_user(transaction, app, "usr_1").has_value());
    BOOST_TEST(find_user_by_external_id(transaction, app, "c").has_value());
    BOOST_TEST(find_user_by_identifier(transaction, app, ada).has_value());
    BOOST_TEST(list_users(transaction, app, newest, 10).items.size() == 1U);
    update_user(transaction, user);
    insert_scope(transaction, app, "read");
    const auto scope = find_scope(transaction, app, "read").value();
    insert_user_scope(transaction, user.number, scope);
    BOOST_TEST(has_scope(transaction, user.number, scope));
    delete_user_scope(transaction, user.number, scope);
    scopes_of(transaction, user.number);
    list_scopes(transaction, app);
    remove_scope(transaction, scope);
    UserSession session{.id = "ses_1", .created_at = clock.now(), .last_seen_at = clock.now()};
    insert_session(transaction, user.number, session, ada, "{}");
    update_session(transaction, session);
    BOOST_TEST(find_session(transaction, user.number, "ses_1").has_value());
    BOOST_TEST(list_sessions(transaction, user.number).size() == 1U);
    session_ids(transaction, user.number);
    BOOST_TEST(delete_session(transaction, user.number, "ses_1"));
    delete_sessions(transaction, user.number);
    delete_identifier(transaction, user.number, ada);
    delete_user(transaction, user.number);
    remove_users(transaction, app, 100);
    BOOST_TEST(recorded.count() >= 29U);
    BOOST_TEST(recorded.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
