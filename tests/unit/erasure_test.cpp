// A user is forgotten, and what their events told of them.

#include "storage/tables/erasure.hpp"

#include "server/api/payloads.hpp"
#include "server/api/user_changes.hpp"
#include "server/api/user_erasure.hpp"
#include "server/api/user_sessions.hpp"
#include "tests/support/recorded_session.hpp"
#include "tests/unit/user_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::api {

namespace {

using storage::Snapshot;
using storage::Transaction;
using test::ada;
using test::phone;

struct Fixture : test::UserFixture {
    Result<Erasure> begin(const std::string& user) {
        return change<begin_erasure>(DeleteUserRequest{.app_id = app, .user_id = user});
    }

    /// Gives how many parts it took.
    int erase(const std::string& user) {
        auto erasure = begin(user).value();
        int parts = 1;
        while (!write([&](Transaction& transaction) { return erase_events(transaction, erasure); }))
            ++parts;
        return parts;
    }

    /// "<type> <payload>" of each event, oldest first, each one that could have been published.
    std::vector<std::string> all_events() {
        seen = 0;
        return new_events();
    }

    storage::Stretch<std::int64_t> answers(const std::string& user, const std::int64_t position = 0) {
        return read([&](Snapshot& snapshot) { return storage::find_answers(snapshot, app, user, position); });
    }

    void attempt(const std::string& events, const std::string& answer) const {
        tamper(
            "INSERT INTO attempts (id, webhook, started_at, duration_ms, events, outcome, response) VALUES"
            " ('att', 1, '2025-03-15T12:00:00.000Z', 1, '" +
            events + "', 'http_status', " + answer + ")");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(erasure_test, Fixture)

BOOST_AUTO_TEST_CASE(a_blank_payload_has_what_its_type_has_and_nothing_of_the_person) {
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        const auto type = static_cast<EventType>(i);
        const auto blanked = blank_payload(type, example_payload(type));
        for (const std::string personal : {"ada@", "Ada", "4915"})
            BOOST_TEST(blanked.find(personal) == std::string::npos, blanked);
        const auto body = R"({"type":")" + std::string(to_string(type)) + R"(","payload":)" + blanked + "}";
        BOOST_TEST(read_request<PublishEventsRequest>({{{"app_id", app}}, body}).has_value(), blanked);
        BOOST_TEST(blank_payload(type, blanked) == blanked);
    }
    BOOST_TEST(blank_payload(EventType::user_identifier_deleted,
                             R"({ "more" : "x", "identifier":{"value":"+1234567","type":"phone_number"},)"
                             R"("correlation_id":"ada","user_id":"usr_1","deleted_at":"t"})") ==
               R"({"user_id":"usr_1","identifier":{"type":"phone_number","value":""},"deleted_at":"t"})");
    for (const std::string broken : {"", "[]", "{", R"({"user_id":{"a":1},"deleted_at":[2]})"})
        BOOST_TEST(blank_payload(EventType::user_deleted, broken) == R"({"user_id":"","deleted_at":""})");
}

BOOST_AUTO_TEST_CASE(whoever_is_erased_is_deleted_and_their_events_say_nothing_of_them) {
    const auto user = create({.app_id = app,
                              .identifiers = {{ada, phone}},
                              .profile = Profile{R"({"name":"Ada"})"},
                              .correlation_id = CallCorrelationId{"ada"}})
                          .value()
                          .id;
    const auto session = change<create_user_session>(
                             CreateUserSessionRequest{.app_id = app,
                                                      .user_id = user,
                                                      .identifier = phone,
                                                      .metadata = SessionMetadata{R"({"city":"London"})"}})
                             .value()
                             .session.id;
    const auto other =
        create({.app_id = app, .identifiers = {{{IdentifierType::phone_number, "+1234567"}}}}).value().id;
    const auto others_event = all_events().at(2);

    BOOST_TEST(erase(user) == 2);
    const std::string now = "2025-03-15T12:00:00.000Z";
    const auto events = all_events();
    BOOST_TEST_REQUIRE(events.size() == 5U);
    BOOST_TEST(events[0] == R"(user.created {"user_id":")" + user +
                                R"(","identifiers":[],"profile":{},"source":"api","created_at":")" + now +
                                R"("})");
    BOOST_TEST(events[1] == R"(user.session.created {"user_id":")" + user + R"(","session_id":")" + session +
                                R"(","identifier":{"type":"phone_number","value":""},"metadata":{},)"
                                R"("created_at":")" +
                                now + R"("})");
    BOOST_TEST(events[2] == others_event);
    BOOST_TEST(events[3] == R"(user.session.revoked {"user_id":")" + user + R"(","session_id":")" + session +
                                R"(","revoked_at":")" + now + R"("})");
    BOOST_TEST(events[4] == R"(user.deleted {"user_id":")" + user + R"(","deleted_at":")" + now + R"("})");
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE correlation_id IS NOT NULL") == "0");
    BOOST_TEST(ask("SELECT id FROM users") == other);
}

BOOST_AUTO_TEST_CASE(whoever_is_deleted_already_can_be_erased_as_long_as_there_are_events) {
    const auto user = created();
    BOOST_TEST(change<delete_user>(DeleteUserRequest{.app_id = app, .user_id = user}).has_value());
    erase(user);
    BOOST_TEST(ask("SELECT payload FROM events").find("ada") == std::string::npos);
    BOOST_TEST(ask("SELECT count(*) FROM events") == "2");
    tamper("DELETE FROM events");
    BOOST_TEST((begin(user).error().code == ErrorCode::user_not_found));
    BOOST_TEST((begin("usr_nothing").error().code == ErrorCode::user_not_found));
}

BOOST_AUTO_TEST_CASE(a_user_of_the_same_id_in_another_app_or_later_is_left_alone) {
    const auto uuid = parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057").value();
    const CreateUserRequest request{.app_id = app, .identifiers = {{ada}}, .id = uuid};
    const auto user = create(request).value().id;
    create({.app_id = other_app, .identifiers = {{ada}}, .id = uuid}).value();
    auto erasure = begin(user).value();
    create(request).value();
    while (!write([&](Transaction& transaction) { return erase_events(transaction, erasure); })) {
    }
    BOOST_TEST(ask("SELECT group_concat(number) FROM events WHERE payload LIKE '%ada%'") == "2,4");
}

BOOST_AUTO_TEST_CASE(events_are_erased_in_parts) {
    const auto user = created();
    tamper(
        "WITH RECURSIVE each (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM each LIMIT 450)"
        " INSERT INTO events (number, id, app_id, type, audience, payload, created_at, user_id)"
        " SELECT i, i, app_id, type, audience, payload, created_at, user_id FROM events, each"
        " WHERE number = 1");
    BOOST_TEST(erase(user) == 4);
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE payload LIKE '%ada%'") == "0");
}

BOOST_AUTO_TEST_CASE(answers_to_a_users_events_go_and_no_others) {
    const auto user = created();
    created({phone});
    attempt("[2]", "'not about her'");
    attempt("[2,1]", "'no such ada'");
    attempt("[1]", "NULL");
    attempt("[1,7]", "'nor here'");
    tamper("UPDATE attempts SET number = 5000 WHERE number = 4");

    const auto first = answers(user);
    BOOST_TEST((first.found == std::vector<std::int64_t>{2}));
    BOOST_TEST(!first.ended);
    const auto second = answers(user, first.position);
    BOOST_TEST((second.found == std::vector<std::int64_t>{5'000}));
    BOOST_TEST(answers(user, second.position).ended);
    write([&](Transaction& transaction) { return storage::remove_answers(transaction, second.found); });
    BOOST_TEST(ask("SELECT group_concat(number) FROM attempts WHERE response IS NOT NULL") == "1,2");
    BOOST_TEST(answers("usr_nothing").found.empty());
}

BOOST_AUTO_TEST_CASE(answers_are_found_so_many_at_a_time) {
    const auto user = created();
    for (int i = 0; i < 201; ++i)
        attempt("[1]", "'ada'");
    const auto first = answers(user);
    BOOST_TEST(first.found.size() == 200U);
    BOOST_TEST((answers(user, first.position).found == std::vector<std::int64_t>{201}));
}

BOOST_AUTO_TEST_CASE(every_statement_walks_an_index) {
    const test::TestFile file{clock};
    test::RecordedSession recorded{file.path()};
    recorded.statement("BEGIN IMMEDIATE").step();
    Transaction transaction(recorded, nullptr, clock.now());
    storage::past_events(transaction, app, "usr_1", 0, 10);
    storage::replace_payload(transaction, 1, "{}");
    recorded
        .statement(
            "INSERT INTO attempts (id, webhook, started_at, duration_ms, events, outcome)"
            " VALUES ('att', 1, '2025-03-15T12:00:00.000Z', 1, '[1]', 'dns')")
        .step();
    storage::find_answers(transaction, app, "usr_1", 0);
    storage::remove_answers(transaction, std::vector<std::int64_t>{1});
    BOOST_TEST(recorded.count() >= 7U);
    BOOST_TEST(recorded.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
