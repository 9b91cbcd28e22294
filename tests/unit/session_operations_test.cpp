// What the operations on sessions do, each in a transaction of its own, without a server.

#include "server/api/user_changes.hpp"
#include "server/api/user_sessions.hpp"
#include "tests/unit/user_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::api {

namespace {

using storage::Snapshot;
using storage::Transaction;
using test::ada;
using test::phone;

const std::string now = "2025-03-15T12:00:00.000Z";

struct Fixture : test::UserFixture {
    std::string user = created({ada, phone});

    Result<UserSessionResponse> let_in(const std::string& metadata = "{}", const Identifier& with = ada) {
        return change<create_user_session>(CreateUserSessionRequest{
            .app_id = app, .user_id = user, .identifier = with, .metadata = SessionMetadata{metadata}});
    }

    /// The id of a new one.
    std::string session() { return let_in().value().session.id; }

    Result<UserSessionResponse> touch(const std::string& session, const std::string& of_app = app) {
        return change<touch_user_session>(
            UserSessionRequest{.app_id = of_app, .user_id = user, .session_id = session});
    }

    Result<void> revoke(const std::string& session, const std::string& of_app = app) {
        return change<revoke_user_session>(
            RevokeUserSessionRequest{.app_id = of_app, .user_id = user, .session_id = session});
    }

    Result<void> revoke_all(const std::string& of_app = app) {
        return change<revoke_user_sessions>(RevokeUserSessionsRequest{.app_id = of_app, .user_id = user});
    }

    Result<UserSessionsResponse> list(const std::string& of_app = app) {
        return read([&](Snapshot& snapshot) {
            return list_user_sessions(snapshot, UserRequest{of_app, user}, services);
        });
    }

    std::vector<std::string> listed() {
        const auto response = list().value();
        std::vector<std::string> ids;
        ids.reserve(response.sessions.size());
        for (const auto& session : response.sessions)
            ids.push_back(session.id);
        return ids;
    }

    [[nodiscard]] std::string revoked(const std::string& session) const {
        return R"(user.session.revoked {"user_id":")" + user + R"(","session_id":")" + session +
               R"(","revoked_at":")" + now + R"("})";
    }

    /// What is wrong with a metadata; nothing: it is kept as it is.
    static std::string fault(const std::string& metadata) {
        const auto body =
            R"({"identifier":{"type":"email_address","value":"a@b"},"metadata":)" + metadata + "}";
        const auto request =
            read_request<CreateUserSessionRequest>({{{"app_id", app}, {"user_id", "usr_1"}}, body});
        if (request.has_error()) return request.error().message;
        BOOST_TEST(request->metadata.value().text == metadata);
        return {};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_operations_test, Fixture)

BOOST_AUTO_TEST_CASE(a_session_is_created_with_its_event) {
    const auto made = change<create_user_session>(
                          CreateUserSessionRequest{.app_id = app,
                                                   .user_id = user,
                                                   .identifier = phone,
                                                   .metadata = SessionMetadata{R"({"device":"\u0070hone"})"},
                                                   .correlation_id = CallCorrelationId{"call-1"}})
                          .value();
    const auto id = made.session.id;
    BOOST_TEST(id.starts_with("ses_"));
    BOOST_TEST(write_response(made) == R"({"session":{"id":")" + id + R"(","created_at":")" + now +
                                           R"(","last_seen_at":")" + now + R"("}})");
    expect_event(R"(user.session.created {"user_id":")" + user + R"(","session_id":")" + id +
                 R"(","identifier":{"type":"phone_number","value":"+4915123456789"},)"
                 R"("metadata":{"device":"\u0070hone"},"created_at":")" +
                 now + R"(","correlation_id":"call-1"})");
    BOOST_TEST(ask("SELECT identifier_type || identifier_value || metadata FROM user_sessions") ==
               R"(phone_number+4915123456789{"device":"\u0070hone"})");
    BOOST_TEST(ask("SELECT user_id FROM events WHERE number = 2") == user);
}

BOOST_AUTO_TEST_CASE(metadata_may_be_left_out) {
    BOOST_TEST(change<create_user_session>(
                   CreateUserSessionRequest{.app_id = app, .user_id = user, .identifier = ada})
                   .has_value());
    BOOST_TEST(new_events().at(0).find(R"("metadata":{},)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(metadata_has_a_few_short_texts) {
    for (const std::string good : {R"({})", R"({"a":""})", R"({"1":"1","2":"2","3":"3","4":"4","5":"5"})",
                                   R"({"twelve_chars":"thirty-two characters are allowe"})",
                                   R"({"äääääääääää\u00e4":"öööööööööööööööööööööööööööööööö"})"})
        BOOST_TEST(fault(good) == "", good);
    BOOST_TEST(fault("[]") == "metadata: found an array, expected a JSON object.");
    BOOST_TEST(fault("null") == "metadata: found null, expected a JSON object.");
    BOOST_TEST(fault(R"({"1":"","2":"","3":"","4":"","5":"","6":""})") ==
               "metadata: found 6 keys, expected at most 5.");
    BOOST_TEST(fault(R"({"a":"1","a":"2"})") ==
               R"(metadata: found the key "a" twice, expected each key once.)");
    BOOST_TEST(fault(R"({"thirteen_char":1,"":"","b":{"c":"d"},"e":")" + std::string(33, 'x') + R"("})") ==
               R"(metadata."thirteen_char", the key: found 13 characters, expected 1 to 12. )"
               R"(metadata."thirteen_char": found a number, expected a text. )"
               R"(metadata."", the key: found 0 characters, expected 1 to 12. )"
               R"(metadata."b": found an object, expected a text. )"
               R"(metadata."e": found 33 characters, expected 0 to 32.)");
    BOOST_TEST(fault(R"({"a":"\u0000"})").starts_with(R"(metadata."a": found )"));
    BOOST_TEST(fault(R"({"a":")" + std::string(5'000, 'x') + R"("})") ==
               "metadata: found 5008 bytes without white space, expected at most 4096.");
}

BOOST_AUTO_TEST_CASE(a_session_needs_an_active_user_and_one_of_their_identifiers) {
    const auto code = [](const auto& result) { return result.error().code; };
    BOOST_TEST((code(let_in("{}", {IdentifierType::phone_number, ada.value})) == ErrorCode::invalid_request));
    const Identifier bobs{IdentifierType::email_address, "bob@example.com"};
    BOOST_TEST(create({.app_id = app, .identifiers = {{bobs}}}).has_value());
    BOOST_TEST(create({.app_id = other_app, .identifiers = {{ada}}}).has_value());
    new_events();
    const auto error = let_in("{}", bobs).error();
    BOOST_TEST((error.code == ErrorCode::invalid_request));
    BOOST_TEST(error.message ==
               "identifier: found one that the user does not have, expected one of the user's.");
    BOOST_TEST(change<update_user_status>(
                   UpdateUserStatusRequest{.app_id = app, .user_id = user, .status = UserStatus::blocked})
                   .has_value());
    BOOST_TEST((code(let_in()) == ErrorCode::user_blocked));
    user = "usr_nothing";
    BOOST_TEST((code(let_in()) == ErrorCode::user_not_found));
    BOOST_TEST(new_events().empty());
    BOOST_TEST(ask("SELECT count(*) FROM user_sessions") == "0");
}

BOOST_AUTO_TEST_CASE(one_more_than_a_user_may_have_ends_the_oldest_first) {
    services.sessions.max_per_user = 3;
    const auto first = session();
    const auto second = session();
    const auto third = session();
    new_events();
    const auto fourth = session();
    const auto events = new_events();
    BOOST_TEST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0] == revoked(first));
    BOOST_TEST(events[1].starts_with("user.session.created "));
    BOOST_TEST((listed() == std::vector{fourth, third, second}));

    services.sessions.max_per_user = 2;  // the operator changed their mind
    const auto fifth = session();
    const auto more = new_events();
    BOOST_TEST_REQUIRE(more.size() == 3U);
    BOOST_TEST(more[0] == revoked(second));
    BOOST_TEST(more[1] == revoked(third));
    BOOST_TEST((listed() == std::vector{fifth, fourth}));
}

BOOST_AUTO_TEST_CASE(a_session_is_seen_again_and_never_earlier) {
    const auto id = session();
    new_events();
    clock.advance(std::chrono::minutes(5));
    const auto seen = touch(id).value().session;
    BOOST_TEST(seen.id == id);
    BOOST_TEST((seen.last_seen_at.time == clock.now()));
    BOOST_TEST(format_timestamp(seen.created_at.time) == now);
    clock.advance(std::chrono::minutes(-10));
    BOOST_TEST((touch(id).value().session.last_seen_at.time == seen.last_seen_at.time));
    const auto listed = list().value().sessions;
    BOOST_TEST_REQUIRE(listed.size() == 1U);
    BOOST_TEST((listed[0].last_seen_at.time == seen.last_seen_at.time));
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(a_session_is_revoked_once) {
    const auto first = session();
    const auto second = session();
    new_events();
    BOOST_TEST(revoke(first).has_value());
    expect_event(revoked(first));
    BOOST_TEST((revoke(first).error().code == ErrorCode::session_not_found));
    BOOST_TEST((touch(first).error().code == ErrorCode::session_not_found));
    BOOST_TEST(new_events().empty());
    BOOST_TEST((listed() == std::vector{second}));
}

BOOST_AUTO_TEST_CASE(all_sessions_of_a_user_are_revoked_oldest_first) {
    const auto first = session();
    const auto second = session();
    user = created({{IdentifierType::email_address, "bob@example.com"}});
    BOOST_TEST(revoke_all().has_value());  // has none
    BOOST_TEST(new_events().empty());
    user = ask("SELECT id FROM users ORDER BY number");
    BOOST_TEST(revoke_all().has_value());
    BOOST_TEST((new_events() == std::vector{revoked(first), revoked(second)}));
    BOOST_TEST(listed().empty());
}

BOOST_AUTO_TEST_CASE(sessions_are_their_users_and_their_apps) {
    const auto id = session();
    const auto owner = user;
    user = created({{IdentifierType::email_address, "bob@example.com"}});
    const auto code = [](const auto& result) { return result.error().code; };
    BOOST_TEST((code(touch(id)) == ErrorCode::session_not_found));
    BOOST_TEST((code(revoke(id)) == ErrorCode::session_not_found));
    BOOST_TEST(listed().empty());
    user = owner;
    BOOST_TEST((code(touch(id, other_app)) == ErrorCode::user_not_found));
    BOOST_TEST((code(revoke(id, other_app)) == ErrorCode::user_not_found));
    BOOST_TEST((code(revoke_all(other_app)) == ErrorCode::user_not_found));
    BOOST_TEST((code(list(other_app)) == ErrorCode::user_not_found));
    BOOST_TEST((listed() == std::vector{id}));
}

BOOST_AUTO_TEST_CASE(sessions_that_are_too_old_end_with_their_events) {
    const auto end = [&](const std::vector<std::int64_t>& sessions) {
        return write(
            [&](Transaction& transaction) { return end_old_sessions(transaction, sessions, services); });
    };
    services.sessions.max_age = std::chrono::hours(1);
    const auto first = session();
    const auto second = session();
    clock.advance(std::chrono::hours(1));
    const auto young = session();  // has the number of one that was found and has ended since
    new_events();
    BOOST_TEST(end({1, 3, 4}) == 3U);
    expect_event(R"(user.session.revoked {"user_id":")" + user + R"(","session_id":")" + first +
                 R"(","revoked_at":"2025-03-15T13:00:00.000Z"})");
    BOOST_TEST((listed() == std::vector{young, second}));
    BOOST_TEST(end({2}) == 1U);
    BOOST_TEST((listed() == std::vector{young}));
}

BOOST_AUTO_TEST_CASE(one_job_ends_fewer_sessions_the_more_webhooks_are_told) {
    services.sessions = {.max_per_user = 1'000, .max_age = std::chrono::hours(1)};
    std::vector<std::int64_t> sessions;
    for (int i = 1; i <= 120; ++i) {
        session();
        sessions.push_back(i);
    }
    clock.advance(std::chrono::hours(1));
    const auto end = [&] {
        return write(
            [&](Transaction& transaction) { return end_old_sessions(transaction, sessions, services); });
    };
    BOOST_TEST(end() == 50U);
    const auto webhook = activated();
    write([&](Transaction& transaction) {
        auto row = storage::find_webhook(transaction, webhook).value();
        row.events.add(EventType::user_session_revoked);
        storage::update_webhook(transaction, row);
        return true;
    });
    sessions.erase(sessions.begin(), sessions.begin() + 50);
    BOOST_TEST(end() == 40U);
    BOOST_TEST(listed().size() == 30U);
}

BOOST_AUTO_TEST_CASE(a_full_database_ends_sessions_and_begins_none) {
    const auto id = session();
    session();
    intake.close();
    BOOST_TEST((let_in().error().code == ErrorCode::storage_unavailable));
    BOOST_TEST(touch(id).has_value());
    BOOST_TEST(revoke(id).has_value());
    BOOST_TEST(revoke_all().has_value());
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_read_are_left_out_of_lists_and_end_all_the_same) {
    std::string reported;
    services.report_unreadable = [&](const std::string& fault) { reported = fault; };
    const auto broken = session();
    const auto sound = session();
    tamper("UPDATE user_sessions SET last_seen_at = 'now' WHERE id = '" + broken + "'");
    tamper("UPDATE users SET status = 'gone'");
    BOOST_TEST((listed() == std::vector{sound}));
    BOOST_TEST(reported.starts_with("row " + broken + " of user_sessions: last_seen_at holds \"now\""));
    BOOST_CHECK_THROW(touch(broken), std::runtime_error);
    BOOST_CHECK_THROW(let_in(), std::runtime_error);
    BOOST_TEST(revoke(broken).has_value());
    BOOST_TEST(revoke_all().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
