#include "storage/tables/removal.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/events.hpp"
#include "storage/tables/user_removal.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace gateway::storage {

namespace {

/// Whose events nobody can see.
constexpr const char* nobody = "";

bool is_pending(Transaction& transaction, const std::int64_t event) {
    return transaction.query("SELECT 1 FROM deliveries WHERE event = ? AND state = 'pending'", event).step();
}

int remove_deliveries(Transaction& transaction, const std::int64_t event, const int most) {
    return transaction.execute(
        "DELETE FROM deliveries WHERE event = ?"
        " AND webhook IN (SELECT webhook FROM deliveries WHERE event = ? LIMIT ?)",
        event, event, most);
}

/// An audience and its members.
int remove_audience(Transaction& transaction, const std::int64_t audience) {
    // Whoever remembers that there is such a set does so no more.
    if (auto* const memory = transaction.memory()) memory->clear();
    const int members = transaction.execute("DELETE FROM audience_members WHERE audience = ?", audience);
    return members + transaction.execute("DELETE FROM audiences WHERE number = ?", audience);
}

/// What an event becomes that has to stay for its number.
int strip_event(Transaction& transaction, const std::int64_t event) {
    transaction.execute(
        "INSERT INTO audiences (app_id, type, webhooks) SELECT ?, type, '[]' FROM events WHERE number = ?"
        " ON CONFLICT DO NOTHING",
        nobody, event);
    return transaction.execute(
        "UPDATE events SET app_id = ?, client_id = NULL, correlation_id = NULL, user_id = NULL, payload = "
        "'{}',"
        " audience ="
        " (SELECT audiences.number FROM audiences WHERE app_id = ? AND audiences.type = events.type"
        " AND webhooks = '[]') WHERE number = ?",
        nobody, nobody, event);
}

struct Sized {
    std::int64_t event;
    int rows;
};

std::vector<Sized> events_of(Transaction& transaction, const std::int64_t audience, int most) {
    Query row = transaction.query(
        "SELECT number, length(payload) FROM events WHERE audience = ? ORDER BY number", audience);
    std::vector<Sized> events;
    while (most > 0 && row.step()) {
        events.push_back({row.integer(0), rows_in(row.integer(1))});
        most -= events.back().rows;
    }
    return events;
}

std::optional<std::int64_t> any_audience(Transaction& transaction, const std::string& app_id) {
    Query row = transaction.query("SELECT number FROM audiences WHERE app_id = ? LIMIT 1", app_id);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

/// Gives what is left of `most` rows: nothing, unless all events of the audience are gone.
int clear_audience(Transaction& transaction, const std::int64_t audience, int most) {
    const auto newest = last_event(transaction);
    for (const auto& [event, rows] : events_of(transaction, audience, most)) {
        most -= remove_deliveries(transaction, event, most);
        if (most <= 0) return 0;
        if (event == newest)
            strip_event(transaction, event);
        else
            transaction.execute("DELETE FROM events WHERE number = ?", event);
        most -= rows;
        if (most <= 0) return 0;
    }
    return most;
}

}  // namespace

std::size_t remove_events(Transaction& transaction, const std::span<const std::int64_t> events) {
    int left = rows_of_a_job;
    std::size_t done = 0;
    for (const auto event : events) {
        if (!is_pending(transaction, event)) {
            left -= remove_deliveries(transaction, event, left);
            if (left <= 0) break;
            left -= transaction.execute("DELETE FROM events WHERE number = ?", event);
        }
        ++done;
        if (left <= 0) break;
    }
    return done;
}

std::size_t remove_attempts(Transaction& transaction, const std::span<const std::int64_t> attempts) {
    for (const auto attempt : attempts)
        transaction.execute("DELETE FROM attempts WHERE number = ?", attempt);
    return attempts.size();
}

std::size_t remove_audiences(Transaction& transaction, const std::span<const std::int64_t> audiences) {
    int left = rows_of_a_job;
    std::size_t done = 0;
    for (const auto audience : audiences) {
        if (left <= 0) break;
        const bool has_events = transaction.query("SELECT 1 FROM events WHERE audience = ?", audience).step();
        if (!has_events) left -= remove_audience(transaction, audience);
        ++done;
    }
    return done;
}

bool remove_leavings(Transaction& transaction, const std::int64_t webhook) {
    int left = rows_of_a_job;
    left -= transaction.execute(
        "DELETE FROM deliveries WHERE webhook = ? AND event IN"
        " (SELECT event FROM deliveries WHERE webhook = ? AND state = 'pending' LIMIT ?)",
        webhook, webhook, left);
    left -= transaction.execute(
        "DELETE FROM deliveries WHERE webhook = ? AND event IN"
        " (SELECT event FROM deliveries WHERE webhook = ? AND state = 'expired' LIMIT ?)",
        webhook, webhook, left);
    left -= transaction.execute(
        "DELETE FROM attempts WHERE number IN (SELECT number FROM attempts WHERE webhook = ? LIMIT ?)",
        webhook, left);
    return left < rows_of_a_job;
}

bool clear_app(Transaction& transaction, const std::string& app_id, const int most) {
    int left = most - transaction.execute(
                          "DELETE FROM attempts WHERE number IN (SELECT attempts.number FROM webhooks"
                          " JOIN attempts ON attempts.webhook = webhooks.number WHERE app_id = ? LIMIT ?)",
                          app_id, most);
    while (left > 0) {
        const auto audience = any_audience(transaction, app_id);
        if (!audience) return remove_users(transaction, app_id, left);
        left = clear_audience(transaction, *audience, left);
        if (left > 0) left -= remove_audience(transaction, *audience);
    }
    return false;
}

}  // namespace gateway::storage
