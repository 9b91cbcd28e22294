// The real daemon, killed with SIGKILL at random moments while users are created, changed and deleted: each
// change has its events and each event its change, and every event arrives.
//
//     GATEWAY_FAULT_ROUNDS=200 fault_tests --run_test=user_kill_test     more kills
//     GATEWAY_FAULT_SEED=…                                               the calls and moments of an earlier
//     run

#include "tests/support/delivery_load.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace gateway::test {

namespace {

using enum EventType;

constexpr std::size_t receivers = 2;
constexpr std::size_t webhooks_per_receiver = 1;
constexpr std::size_t clients = 8;

using Types = std::vector<EventType>;

/// Something that was asked for.
struct Change {
    Types types;  ///< of the events that tell of it, in their order
    bool is_acknowledged = false;
};

/// All changes that were asked for. Any thread.
class ChangeBook {
  public:
    /// Gives the number of the change, counted from 0.
    std::size_t add(const Types& types) {
        const std::lock_guard lock(mutex_);
        changes_.push_back({types});
        return changes_.size() - 1;
    }

    void acknowledge(const std::size_t number) {
        const std::lock_guard lock(mutex_);
        changes_[number].is_acknowledged = true;
    }

    /// While nobody asks for any.
    [[nodiscard]] const std::vector<Change>& changes() const noexcept { return changes_; }

  private:
    std::mutex mutex_;
    std::vector<Change> changes_;  // under mutex_
};

/// What the events of a change carry.
std::string correlation_id(const std::size_t change) {
    return "change-" + std::to_string(change);
}

/// A request, and what is to come of it.
struct Call {
    std::string method;
    std::string path;  ///< behind that of the users
    std::string body;
    int success;
    Types types;
    /// Notes what holds once it has succeeded.
    std::function<void(const Answer& answer)> note;
};

/// Creates a user and changes it until it is deleted, and then another one. Nobody else changes them.
class UserClient {
  public:
    UserClient(const DeliveryFolder& folder, ChangeBook& book, const std::uint64_t seed)
        : users_path_("/v2/session/apps/" + folder.app() + "/users"),
          token_(folder.token()),
          book_(book),
          random_(seed) {}

    Clients::Outcome ask(HttpClient& connection) {
        const auto call = next();
        const auto change = book_.add(call.types);
        const auto answer =
            connection.request(call.method, users_path_ + call.path,
                               {token_, call.body, {{"X-Correlation-Id", correlation_id(change)}}});
        const auto outcome = outcome_of(answer, call.success);
        if (outcome == Clients::Outcome::acknowledged) {
            book_.acknowledge(change);
            call.note(answer);
        }
        return outcome;
    }

  private:
    Call next() {
        static constexpr std::array changes{&UserClient::change_profile, &UserClient::change_identifiers,
                                            &UserClient::let_in,         &UserClient::let_in,
                                            &UserClient::end_session,    &UserClient::end_sessions,
                                            &UserClient::change_status,  &UserClient::end};
        if (path_.empty()) return begin();
        return (this->*changes[pick(random_, 0, changes.size() - 1)])();
    }

    Call begin() {
        address_ = new_address();
        return {
            "POST",
            "",
            R"({"identifiers":[)" + address_ + "]}",
            201,
            {user_created},
            [this](const Answer& answer) { path_ = "/" + std::string(answer.body.at("id").as_string()); }};
    }

    Call change_profile() {
        const auto profile = R"({"number":)" + std::to_string(random_()) + "}";
        return {"PATCH", path_ + "/profile", profile, 204, {user_profile_updated}, [](const Answer&) {}};
    }

    Call change_identifiers() {
        const bool adds = other_address_.empty();
        const auto address = adds ? new_address() : other_address_;
        return {adds ? "POST" : "DELETE",
                path_ + "/identifiers",
                R"({"identifier":)" + address + "}",
                adds ? 201 : 200,
                {adds ? user_identifier_created : user_identifier_deleted},
                [=, this](const Answer&) { other_address_ = adds ? address : ""; }};
    }

    Call let_in() {
        if (is_blocked_) return change_status();
        return {"POST",
                path_ + "/sessions",
                R"({"identifier":)" + address_ + "}",
                201,
                {user_session_created},
                [this](const Answer& answer) {
                    sessions_.emplace_back(answer.body.at("session").at("id").as_string());
                }};
    }

    Call end_session() {
        if (sessions_.empty()) return let_in();
        return {"DELETE",
                path_ + "/sessions/" + sessions_.back(),
                "",
                204,
                {user_session_revoked},
                [this](const Answer&) { sessions_.pop_back(); }};
    }

    Call end_sessions() {
        return {"POST", path_ + "/sessions/invalidate", "", 200, ends_of_sessions(), [this](const Answer&) {
                    sessions_.clear();
                }};
    }

    Call change_status() {
        const bool blocks = !is_blocked_;
        return {"PUT",
                path_ + "/status",
                blocks ? R"({"status":"blocked"})" : R"({"status":"active"})",
                200,
                ends_of_sessions(),
                [this, blocks](const Answer&) {
                    is_blocked_ = blocks;
                    sessions_.clear();
                }};
    }

    Call end() {
        auto types = ends_of_sessions();
        types.push_back(user_deleted);
        return {"DELETE", path_, "", 200, std::move(types), [this](const Answer&) {
                    path_.clear();
                    other_address_.clear();
                    sessions_.clear();
                    is_blocked_ = false;
                }};
    }

    [[nodiscard]] Types ends_of_sessions() const { return Types(sessions_.size(), user_session_revoked); }

    std::string new_address() {
        return R"({"type":"email_address","value":")" + std::to_string(random_()) + R"(@example.com"})";
    }

    std::string users_path_;
    std::string token_;
    ChangeBook& book_;
    std::mt19937_64 random_;
    // The user that there is now:
    std::string path_;  ///< empty: none
    std::string address_;
    std::string other_address_;  ///< empty: there is none
    std::vector<std::string> sessions_;
    bool is_blocked_ = false;
};

/// That each acknowledged change has exactly its events, that any other has all of them or none, and that
/// there are no more.
void check_changes(const SQLite::Database& file, const ChangeBook& book) {
    std::map<std::string, Types> found;
    SQLite::Statement row(file, "SELECT coalesce(correlation_id, ''), type FROM events ORDER BY number");
    while (row.executeStep())
        found[row.getColumn(0).getString()].push_back(parse_event_type(row.getColumn(1).getString()).value());
    std::size_t acknowledged = 0;
    std::size_t lost = 0;
    std::size_t torn = 0;
    for (std::size_t i = 0; i < book.changes().size(); ++i) {
        const auto& change = book.changes()[i];
        const auto node = found.extract(correlation_id(i));
        const auto types = node ? node.mapped() : Types{};
        acknowledged += change.is_acknowledged ? 1 : 0;
        if (types == change.types) continue;
        lost += change.is_acknowledged ? 1 : 0;
        torn += types.empty() ? 0 : 1;
    }
    BOOST_TEST(lost == 0U);
    BOOST_TEST(torn == 0U);
    BOOST_TEST(found.size() == 0U, "there are events that no change was asked for");
    BOOST_TEST_MESSAGE(acknowledged << " of " << book.changes().size() << " changes were acknowledged");
}

/// Two queries that must give the same rows.
struct Comparison {
    std::string of_events;
    std::string of_tables;
};

const Comparison users{
    "SELECT user_id FROM events WHERE type = 'user.created' EXCEPT"
    " SELECT user_id FROM events WHERE type = 'user.deleted'",
    "SELECT id FROM users"};

const Comparison profiles{
    "SELECT user_id, profile FROM"
    " (SELECT user_id, json_extract(payload, '$.profile') AS profile, max(number)"
    " FROM events WHERE type IN ('user.created', 'user.profile.updated')"
    " GROUP BY user_id) WHERE user_id IN (SELECT id FROM users)",
    "SELECT id, profile FROM users"};

const Comparison identifiers{
    "SELECT * FROM (SELECT user_id, json_extract(payload, '$.identifiers[0].value') FROM events"
    " WHERE type = 'user.created' UNION"
    " SELECT user_id, json_extract(payload, '$.identifier.value') FROM events"
    " WHERE type = 'user.identifier.created' EXCEPT"
    " SELECT user_id, json_extract(payload, '$.identifier.value') FROM events"
    " WHERE type = 'user.identifier.deleted') WHERE user_id IN (SELECT id FROM users)",
    "SELECT user_id, value FROM identifier_owners"};

const Comparison sessions{
    "SELECT user_id, json_extract(payload, '$.session_id') FROM events"
    " WHERE type = 'user.session.created' EXCEPT"
    " SELECT user_id, json_extract(payload, '$.session_id') FROM events"
    " WHERE type = 'user.session.revoked'",
    "SELECT user_id, session_id FROM live_sessions"};

int count(const SQLite::Database& file, const std::string& rows) {
    SQLite::Statement query(file, "SELECT count(*) FROM (" + rows + ")");
    query.executeStep();
    return query.getColumn(0).getInt();
}

/// That the users are those, and such, that the events tell of.
void check_users(const SQLite::Database& file) {
    const auto without = [](const std::string& rows, const std::string& others) {
        return "SELECT * FROM (" + rows + ") EXCEPT SELECT * FROM (" + others + ")";
    };
    for (const auto& [of_events, of_tables] : {users, profiles, identifiers, sessions}) {
        BOOST_TEST_CONTEXT(of_tables) {
            BOOST_TEST(count(file, of_tables) > 0);
            BOOST_TEST(count(file, without(of_tables, of_events)) == 0, "a change without its event");
            BOOST_TEST(count(file, without(of_events, of_tables)) == 0, "an event without its change");
        }
    }
    BOOST_TEST(count(file, "SELECT DISTINCT type FROM events") == static_cast<int>(event_type_names.size()));
}

void check_arrivals(const SQLite::Database& file, const DeliveryFolder& folder) {
    const auto arrivals = folder.arrivals();
    BOOST_TEST(arrivals.size() == receivers * webhooks_per_receiver);
    for (const auto& [webhook, batches] : arrivals) {
        std::set<std::string> arrived;
        for (const auto& batch : batches)
            arrived.insert(batch.begin(), batch.end());
        std::size_t lost = 0;
        SQLite::Statement event(file, "SELECT id FROM events");
        while (event.executeStep())
            lost += arrived.erase(event.getColumn(0).getString()) == 0 ? 1 : 0;
        BOOST_TEST(lost == 0U);
        BOOST_TEST(arrived.size() == 0U, "events arrived that are not there");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_kill_test)

BOOST_AUTO_TEST_CASE(changes_of_users_and_their_events_are_there_together_or_not_at_all) {
    constexpr std::uint64_t default_rounds = 20;
    const auto rounds = number_from_environment("GATEWAY_FAULT_ROUNDS", default_rounds);
    const auto seed = seed_from_environment();
    BOOST_TEST_MESSAGE("GATEWAY_FAULT_SEED=" << seed);
    BOOST_TEST_INFO_SCOPE("GATEWAY_FAULT_SEED=" << seed);
    std::mt19937_64 random(seed);
    const DeliveryFolder folder(receivers, webhooks_per_receiver);
    ChangeBook book;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
            std::vector<UserClient> user_clients;
            for (std::size_t i = 0; i < clients; ++i)
                user_clients.emplace_back(folder, book, random());
            kill_under_load(folder, random, clients, [&](HttpClient& connection, const std::size_t client) {
                return user_clients[client].ask(connection);
            });
        }
    }

    deliver_all(folder);
    const SQLite::Database file(folder.database().string(), SQLite::OPEN_READWRITE);
    check_changes(file, book);
    check_users(file);
    check_arrivals(file, folder);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
