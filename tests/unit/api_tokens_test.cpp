#include "storage/tables/api_tokens.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::storage {

namespace {

using std::chrono::hours;

struct Fixture : test::TestTables {
    Fixture() {
        write([](Transaction& transaction) { return insert_app(transaction, "54e9ujn", "Shop"); });
    }

    /// 64 digits that stand for the hash of token `id`.
    static std::string sha256_of(const std::string& id) { return std::string(63, 'a') + id.back(); }

    void add(const ApiToken& token) {
        write([&](Transaction& transaction) {
            insert_token(transaction, token, sha256_of(token.id));
            return true;
        });
    }

    bool revoke(const std::string& id) {
        return write([&](Transaction& transaction) { return revoke_token(transaction, id); });
    }

    std::optional<ApiToken> find(const std::string& id) {
        return read([&](Snapshot& snapshot) { return find_token(snapshot, id); });
    }

    static ApiToken token(const std::string& id) {
        return {.id = id,
                .app_id = "54e9ujn",
                .name = "Back end",
                .created_at = {},
                .expires_at = {},
                .revoked_at = {}};
    }

    std::string state(const std::string& id) {
        return ask("SELECT state FROM api_token_overview WHERE token_id = '" + id + "'");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(api_tokens_test, Fixture)

BOOST_AUTO_TEST_CASE(a_token_is_found_by_its_hash_and_by_its_id) {
    ApiToken token = Fixture::token("tok_1");
    token.expires_at = clock.now() + hours(1);
    add(token);
    const auto by_hash =
        read([](Snapshot& snapshot) { return find_token_by_sha256(snapshot, sha256_of("tok_1")); });
    for (const auto& found : {find("tok_1"), by_hash}) {
        BOOST_REQUIRE(found.has_value());
        BOOST_TEST(found->id == "tok_1");
        BOOST_TEST(found->app_id.value() == "54e9ujn");
        BOOST_TEST(found->name == "Back end");
        BOOST_CHECK(found->created_at == clock.now());
        BOOST_CHECK(found->expires_at == clock.now() + hours(1));
        BOOST_CHECK(!found->revoked_at);
    }
}

BOOST_AUTO_TEST_CASE(a_token_that_is_not_there_is_not_found) {
    BOOST_CHECK(!find("tok_1"));
    BOOST_CHECK(!read([](Snapshot& snapshot) { return find_token_by_sha256(snapshot, sha256_of("tok_1")); }));
    BOOST_TEST(!revoke("tok_1"));
}

BOOST_AUTO_TEST_CASE(a_token_for_every_app_has_none) {
    ApiToken token = Fixture::token("tok_1");
    token.app_id.reset();
    add(token);
    BOOST_CHECK(!find("tok_1")->app_id);
    BOOST_TEST(ask("SELECT good_for FROM api_token_overview") == "all apps");
}

BOOST_AUTO_TEST_CASE(a_token_of_an_app_that_is_not_there_is_refused) {
    ApiToken token = Fixture::token("tok_1");
    token.app_id = "nowhere";
    BOOST_CHECK_THROW(add(token), SQLite::Exception);
    BOOST_TEST(ask("SELECT count(*) FROM api_tokens") == "0");
}

BOOST_AUTO_TEST_CASE(a_token_lives_until_it_expires_or_is_revoked) {
    const Timestamp now = clock.now();
    ApiToken token = Fixture::token("tok_1");
    BOOST_TEST(token.live_at(now));
    token.expires_at = now;
    BOOST_TEST(token.live_at(now - std::chrono::milliseconds(1)));
    BOOST_TEST(!token.live_at(now));
    token.expires_at.reset();
    token.revoked_at = now;
    BOOST_TEST(!token.live_at(now - hours(1)));
}

BOOST_AUTO_TEST_CASE(a_revoked_token_is_still_found_and_keeps_its_first_time_of_revocation) {
    add(token("tok_1"));
    BOOST_TEST(revoke("tok_1"));
    const Timestamp first = clock.now();
    clock.advance(hours(1));
    BOOST_TEST(revoke("tok_1"));
    BOOST_CHECK(find("tok_1")->revoked_at == first);
}

BOOST_AUTO_TEST_CASE(revoking_one_token_leaves_the_others) {
    add(token("tok_1"));
    add(token("tok_2"));
    revoke("tok_1");
    BOOST_CHECK(!find("tok_2")->revoked_at);
}

BOOST_AUTO_TEST_CASE(tokens_are_listed_oldest_first_dead_ones_too) {
    add(token("tok_9"));
    add(token("tok_1"));
    revoke("tok_9");
    const auto tokens = read([](Snapshot& snapshot) { return list_tokens(snapshot); });
    BOOST_REQUIRE(tokens.size() == 2U);
    BOOST_TEST(tokens[0].id == "tok_9");
    BOOST_TEST(tokens[1].id == "tok_1");
}

BOOST_AUTO_TEST_CASE(the_overview_says_in_words_what_a_token_is_good_for_and_its_state) {
    clock.set(system_now());
    ApiToken expiring = token("tok_2");
    expiring.expires_at = clock.now() - hours(1);
    add(token("tok_1"));
    add(expiring);
    add(token("tok_3"));
    revoke("tok_3");
    expiring.id = "tok_4";
    expiring.expires_at = clock.now() + hours(1);
    add(expiring);
    BOOST_TEST(ask("SELECT token_id, good_for, name, state FROM api_token_overview") ==
               "tok_1|54e9ujn|Back end|live\n"
               "tok_2|54e9ujn|Back end|expired\n"
               "tok_3|54e9ujn|Back end|revoked\n"
               "tok_4|54e9ujn|Back end|live");
    BOOST_TEST(ask("SELECT count(*) FROM pragma_table_info('api_token_overview') WHERE name = 'sha256'") ==
               "0");
}

BOOST_AUTO_TEST_CASE(a_token_that_is_expired_and_revoked_is_called_revoked) {
    ApiToken token = Fixture::token("tok_1");
    token.expires_at = clock.now() - hours(1);
    add(token);
    BOOST_TEST(state("tok_1") == "expired");
    revoke("tok_1");
    BOOST_TEST(state("tok_1") == "revoked");
}

BOOST_AUTO_TEST_CASE(a_revocation_by_hand_is_seen) {
    add(token("tok_1"));
    ask("UPDATE api_tokens SET revoked_at = '2025-03-15T12:00:00.000Z'");
    BOOST_TEST(!find("tok_1")->live_at(clock.now()));
}

BOOST_AUTO_TEST_CASE(the_file_refuses_nonsense) {
    const auto insert = [this](const std::string& values) {
        return ask("INSERT INTO api_tokens (id, sha256, app_id, name, created_at) VALUES (" + values +
                   ", '2025-03-15T12:00:00.000Z')");
    };
    const std::string hash = "'" + std::string(64, 'b') + "'";
    BOOST_CHECK_THROW(insert("'tok_1', 'the token itself', NULL, ''"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("'tok_1', upper(" + hash + "), NULL, ''"), SQLite::Exception);
    BOOST_CHECK_THROW(insert("NULL, " + hash + ", NULL, ''"), SQLite::Exception);
    BOOST_CHECK_NO_THROW(insert("'tok_1', " + hash + ", NULL, ''"));
    BOOST_CHECK_THROW(insert("'tok_2', " + hash + ", NULL, ''"), SQLite::Exception);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
