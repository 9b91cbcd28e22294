// What the operations on users do, each in a transaction of its own, without a server.

#include "server/api/user_changes.hpp"
#include "tests/unit/user_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

namespace {

using storage::Snapshot;
using storage::Transaction;

using test::ada;
using test::phone;

const std::string now = "2025-03-15T12:00:00.000Z";

struct Fixture : test::UserFixture {
    Result<void> patch(const std::string& id, const std::string& profile) {
        return change<update_user_profile>(
            UpdateUserProfileRequest{.app_id = app, .user_id = id, .profile = {profile}});
    }

    Result<void> set_status(const std::string& id, const UserStatus status) {
        return change<update_user_status>(
            UpdateUserStatusRequest{.app_id = app, .user_id = id, .status = status});
    }

    Result<void> set_external_id(const std::string& id, const std::string& external_id) {
        return change<update_user_external_id>(
            UpdateUserExternalIdRequest{.app_id = app, .user_id = id, .external_id = {external_id}});
    }

    Result<void> add(const std::string& id, const Identifier& identifier) {
        return change<add_user_identifier>(
            UserIdentifierRequest{.app_id = app, .user_id = id, .identifier = identifier});
    }

    Result<void> remove(const std::string& id, const Identifier& identifier) {
        return change<remove_user_identifier>(
            UserIdentifierRequest{.app_id = app, .user_id = id, .identifier = identifier});
    }

    Result<void> delete_one(const std::string& id) {
        return change<delete_user>(DeleteUserRequest{.app_id = app, .user_id = id});
    }

    User get(const std::string& id) {
        return read([&](Snapshot& snapshot) { return get_user(snapshot, {app, id}); }).value().user;
    }

    void add_sessions(const std::string& id, const std::string& sessions) const {
        tamper(
            "INSERT INTO user_sessions (user, id, identifier_type, identifier_value, created_at, "
            "last_seen_at)"
            " SELECT number, value, 'email_address', 'ada@example.com', created_at, created_at"
            " FROM users, json_each('" +
            sessions + "') WHERE users.id = '" + id + "'");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(user_operations_test, Fixture)

BOOST_AUTO_TEST_CASE(a_user_is_created_with_their_event) {
    const auto uuid = parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057").value();
    const auto made = create({.app_id = app,
                              .identifiers = {{ada, phone}},
                              .profile = Profile{R"({"n":1.50})"},
                              .id = uuid,
                              .external_id = ExternalId{"customer-1"},
                              .correlation_id = CallCorrelationId{"call\"1"}});
    BOOST_TEST(made.value().id == "usr_01h455vb4pex5vsknk084sn02q");
    expect_event(R"(user.created {"user_id":"usr_01h455vb4pex5vsknk084sn02q","identifiers":)"
                 R"([{"type":"email_address","value":"ada@example.com"},)"
                 R"({"type":"phone_number","value":"+4915123456789"}],"profile":{"n":1.50},"source":"api",)"
                 R"("created_at":")" +
                 now + R"(","correlation_id":"call\"1"})");
    BOOST_TEST(ask("SELECT user_id || ' ' || correlation_id FROM events") ==
               "usr_01h455vb4pex5vsknk084sn02q call\"1");
    const auto user = get(made->id);
    BOOST_TEST(
        write_response(UserResponse{user}) ==
        R"({"user":{"id":"usr_01h455vb4pex5vsknk084sn02q","external_id":"customer-1","status":"active",)"
        R"("identifiers":[{"type":"email_address","value":"ada@example.com"},)"
        R"({"type":"phone_number","value":"+4915123456789"}],"profile":{"n":1.50},"scopes":[],)"
        R"("created_at":")" +
            now + R"(","updated_at":")" + now + R"("}})");
}

BOOST_AUTO_TEST_CASE(the_dispatcher_is_told_of_all_events_of_a_change_at_once) {
    const auto webhook = activated();
    write([&](Transaction& transaction) {
        auto row = storage::find_webhook(transaction, webhook).value();
        row.events.add(EventType::user_deleted);
        row.events.add(EventType::user_session_revoked);
        storage::update_webhook(transaction, row);
        return true;
    });
    const auto id = created();
    BOOST_TEST(feed.take().publications.size() == 1U);
    add_sessions(id, R"(["ses_1","ses_2"])");
    BOOST_TEST(delete_one(id).has_value());
    const auto news = feed.take();
    BOOST_TEST_REQUIRE(news.publications.size() == 1U);
    const auto& events = news.publications[0].events;
    BOOST_TEST_REQUIRE(events.size() == 3U);
    for (std::size_t i = 1; i < events.size(); ++i)
        BOOST_TEST(events[i - 1].item->number < events[i].item->number);
    BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "4");
}

BOOST_AUTO_TEST_CASE(what_another_user_has_is_refused_and_nothing_is_written) {
    const auto uuid = parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057").value();
    create({.app_id = app, .identifiers = {{ada}}, .id = uuid, .external_id = ExternalId{"c"}}).value();
    new_events();
    const auto refused = [&](const CreateUserRequest& request) {
        const auto error = create(request).error();
        BOOST_TEST(error.message.find("usr_") == std::string::npos);
        return error.code;
    };
    BOOST_TEST(
        (refused({.app_id = app, .identifiers = {{phone}}, .id = uuid}) == ErrorCode::user_already_exists));
    BOOST_TEST(
        (refused({.app_id = app, .identifiers = {{phone, ada}}}) == ErrorCode::identifier_already_exists));
    BOOST_TEST((refused({.app_id = app, .identifiers = {{phone}}, .external_id = ExternalId{"c"}}) ==
                ErrorCode::external_id_already_exists));
    BOOST_TEST(new_events().empty());
    BOOST_TEST(ask("SELECT count(*) FROM users") == "1");
    BOOST_TEST(ask("SELECT count(*) FROM user_identifiers") == "1");
    BOOST_TEST(
        create({.app_id = other_app, .identifiers = {{ada}}, .id = uuid, .external_id = ExternalId{"c"}})
            .has_value());
}

BOOST_AUTO_TEST_CASE(a_profile_is_patched_and_told_as_a_whole_when_it_changed) {
    const auto id = created();
    clock.advance(std::chrono::seconds(1));
    BOOST_TEST(patch(id, R"({"name":"Ada","n":1.0})").has_value());
    expect_event(R"(user.profile.updated {"user_id":")" + id +
                 R"(","profile":{"name":"Ada","n":1.0},"updated_at":"2025-03-15T12:00:01.000Z"})");
    BOOST_TEST((get(id).updated_at.time == clock.now()));
    BOOST_TEST(patch(id, R"({"name":"Ada","other":null})").has_value());
    BOOST_TEST(new_events().empty());
    BOOST_TEST((get(id).updated_at.time == clock.now()));
    BOOST_TEST(patch(id, R"({"name":null})").has_value());
    BOOST_TEST(get(id).profile.text == R"({"n":1.0})");
    tamper(R"(UPDATE users SET profile = '{ "n" : [ 1 ] }')");  // as a person may
    new_events();
    BOOST_TEST(patch(id, R"({"m":2})").has_value());
    BOOST_TEST(get(id).profile.text == R"({"n":[1],"m":2})");
}

BOOST_AUTO_TEST_CASE(a_profile_that_would_be_too_large_stays_as_it_is) {
    const auto id = created();
    const auto half = std::string(10'000, 'x');
    BOOST_TEST(patch(id, R"({"a":")" + half + R"("})").has_value());
    new_events();
    const auto error = patch(id, R"({"b":")" + half + R"("})").error();
    BOOST_TEST((error.code == ErrorCode::invalid_request));
    BOOST_TEST(error.message == "profile: found 20015 bytes without white space, expected at most 16384.");
    BOOST_TEST(new_events().empty());
    BOOST_TEST(get(id).profile.text.size() == 10'008U);
}

BOOST_AUTO_TEST_CASE(whoever_is_blocked_loses_their_sessions_oldest_first) {
    const auto id = created();
    add_sessions(id, R"(["ses_2","ses_1"])");
    BOOST_TEST(set_status(id, UserStatus::blocked).has_value());
    const auto events = new_events();
    BOOST_TEST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0] == R"(user.session.revoked {"user_id":")" + id +
                                R"(","session_id":"ses_1","revoked_at":")" + now + R"("})");
    BOOST_TEST(events[1].find("ses_2") != std::string::npos);
    BOOST_TEST(ask("SELECT count(*) FROM user_sessions") == "0");
    const auto changed = get(id).updated_at.time;
    BOOST_TEST((get(id).status == UserStatus::blocked));
    BOOST_TEST(set_status(id, UserStatus::blocked).has_value());
    BOOST_TEST((get(id).updated_at.time == changed));
    BOOST_TEST(set_status(id, UserStatus::active).has_value());
    BOOST_TEST((get(id).status == UserStatus::active));
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(an_external_id_is_replaced_unless_it_is_anothers) {
    const auto id = created();
    const auto other = created({phone});
    BOOST_TEST(set_external_id(id, "c").has_value());
    BOOST_TEST(get(id).external_id->text == "c");
    const auto changed = get(id).updated_at.time;
    BOOST_TEST(set_external_id(id, "c").has_value());
    BOOST_TEST((get(id).updated_at.time == changed));
    BOOST_TEST((set_external_id(other, "c").error().code == ErrorCode::external_id_already_exists));
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(an_identifier_is_added_once) {
    const auto id = created();
    BOOST_TEST(add(id, phone).has_value());
    expect_event(R"(user.identifier.created {"user_id":")" + id +
                 R"(","identifier":{"type":"phone_number","value":"+4915123456789"},"created_at":")" + now +
                 R"("})");
    const auto changed = get(id).updated_at.time;
    BOOST_TEST(add(id, phone).has_value());
    BOOST_TEST(new_events().empty());
    BOOST_TEST((get(id).updated_at.time == changed));
    BOOST_TEST((get(id).identifiers == std::vector{ada, phone}));
    const auto other = created({{IdentifierType::phone_number, "+1234567"}});
    BOOST_TEST((add(other, phone).error().code == ErrorCode::identifier_already_exists));
}

BOOST_AUTO_TEST_CASE(a_user_has_at_most_twenty_identifiers) {
    std::vector<Identifier> many;
    many.reserve(20);
    for (int i = 0; i < 20; ++i)
        many.push_back({IdentifierType::phone_number, "+49000000" + std::to_string(i)});
    const auto id = created(many);
    BOOST_TEST((add(id, ada).error().code == ErrorCode::invalid_request));
    BOOST_TEST(add(id, many.front()).has_value());
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(an_identifier_is_removed_but_for_the_last_one) {
    const auto id = created({ada, phone});
    BOOST_TEST(remove(id, ada).has_value());
    expect_event(R"(user.identifier.deleted {"user_id":")" + id +
                 R"(","identifier":{"type":"email_address","value":"ada@example.com"},"deleted_at":")" + now +
                 R"("})");
    const auto changed = get(id).updated_at.time;
    BOOST_TEST(remove(id, ada).has_value());
    BOOST_TEST((get(id).updated_at.time == changed));
    BOOST_TEST((remove(id, phone).error().code == ErrorCode::invalid_request));
    BOOST_TEST(new_events().empty());
    BOOST_TEST((get(id).identifiers == std::vector{phone}));
    BOOST_TEST(!created({ada}).empty());  // it is free again
}

BOOST_AUTO_TEST_CASE(whoever_is_deleted_leaves_their_events_alone) {
    const auto id = created({ada, phone});
    add_sessions(id, R"(["ses_1"])");
    BOOST_TEST(delete_one(id).has_value());
    const auto events = new_events();
    BOOST_TEST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].starts_with("user.session.revoked "));
    BOOST_TEST(events[1] == R"(user.deleted {"user_id":")" + id + R"(","deleted_at":")" + now + R"("})");
    for (const std::string table : {"users", "user_identifiers", "user_sessions"})
        BOOST_TEST(ask("SELECT count(*) FROM " + table) == "0", table);
    BOOST_TEST(ask("SELECT count(*) FROM events WHERE user_id = '" + id + "'") == "3");
    BOOST_TEST((delete_one(id).error().code == ErrorCode::user_not_found));
}

BOOST_AUTO_TEST_CASE(every_change_needs_its_user) {
    const auto code = [](const Result<void>& result) { return result.error().code; };
    for (const std::string id : {"usr_nothing", ""}) {
        BOOST_TEST((code(patch(id, "{}")) == ErrorCode::user_not_found));
        BOOST_TEST((code(set_status(id, UserStatus::active)) == ErrorCode::user_not_found));
        BOOST_TEST((code(set_external_id(id, "c")) == ErrorCode::user_not_found));
        BOOST_TEST((code(add(id, ada)) == ErrorCode::user_not_found));
        BOOST_TEST((code(remove(id, ada)) == ErrorCode::user_not_found));
    }
}

BOOST_AUTO_TEST_CASE(a_full_database_takes_what_takes_away_and_nothing_else) {
    const auto id = created({ada, phone});
    add_sessions(id, R"(["ses_1"])");
    intake.close();
    const auto code = [](const auto& result) { return result.error().code; };
    BOOST_TEST(
        (code(create({.app_id = app, .identifiers = {{{IdentifierType::phone_number, "+1234567"}}}})) ==
         ErrorCode::storage_unavailable));
    BOOST_TEST((code(patch(id, R"({"a":1})")) == ErrorCode::storage_unavailable));
    BOOST_TEST((code(add(id, {IdentifierType::phone_number, "+1234567"})) == ErrorCode::storage_unavailable));
    BOOST_TEST(new_events().empty());
    BOOST_TEST(remove(id, ada).has_value());
    BOOST_TEST(set_status(id, UserStatus::blocked).has_value());
    BOOST_TEST(delete_one(id).has_value());
    BOOST_TEST(new_events().size() == 3U);
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_read_are_left_out_of_lists_and_named) {
    std::string reported;
    services.report_unreadable = [&](const std::string& fault) { reported = fault; };
    const auto id = created();
    const auto other = created({phone});
    tamper("UPDATE users SET status = 'gone' WHERE id = '" + id + "'");
    const auto listed = read([&](Snapshot& snapshot) {
                            return list_users(snapshot, ListUsersRequest{.app_id = app}, services);
                        }).value();
    BOOST_TEST_REQUIRE(listed.users.size() == 1U);
    BOOST_TEST(listed.users[0].id == other);
    BOOST_TEST(reported.starts_with("row " + id + " of users: status holds gone"));
    BOOST_CHECK_THROW(read([&](Snapshot& snapshot) {
                          return get_user(snapshot, {app, id});
                      }),
                      std::runtime_error);
    BOOST_TEST(delete_one(id).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
