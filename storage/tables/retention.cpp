#include "storage/tables/retention.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/removal.hpp"

#include <algorithm>
#include <array>

namespace gateway::storage {

namespace {

/// Later than every time there is.
constexpr const char* whenever = "9999-12-31T23:59:59.999Z";

// Read at a time; a few milliseconds of a reader.
constexpr int most_deliveries = 2'000;
constexpr int most_rows = 500;

enum class Age { old, young, future };

Age age_of(Query& row, const int is_old, const int is_past) {
    if (row.boolean(is_old)) return Age::old;
    return row.boolean(is_past) ? Age::young : Age::future;
}

Age age_of_event(Snapshot& snapshot, const std::int64_t event, const Timestamp before) {
    Query row = snapshot.query("SELECT created_at <= ?, created_at <= ? FROM events WHERE number = ?", before,
                               snapshot.now(), event);
    return row.step() ? age_of(row, 0, 1) : Age::future;  // without its event nobody can say
}

struct Delivery {
    DeliveryKey key;
    bool may_expire;
};

std::vector<Delivery> deliveries_after(Snapshot& snapshot, const DeliveryKey position) {
    Query row = snapshot.query(
        "SELECT event, webhook, state = 'pending' AND expires_at IS NULL FROM deliveries"
        " WHERE (event, webhook) > (?, ?) ORDER BY event, webhook LIMIT ?",
        position.event, position.webhook, most_deliveries);
    std::vector<Delivery> deliveries;
    while (row.step())
        deliveries.push_back({{row.integer(0), row.integer(1)}, row.boolean(2)});
    return deliveries;
}

/// Rows of `select`: number, whether it has to stay, whether it is old, whether it is past, its length.
Stretch<std::int64_t> walk(Snapshot& snapshot, const Sql select, const std::int64_t position,
                           const std::optional<Timestamp> before) {
    Query row = snapshot.query(select, before ? format_timestamp(*before) : std::string(whenever),
                               snapshot.now(), position, most_rows);
    Stretch<std::int64_t> stretch{.found = {}, .position = position, .ended = false};
    int rows = 0;
    int length = 0;
    for (; row.step(); ++rows) {
        const auto age = age_of(row, 2, 3);
        if (age == Age::young) break;
        stretch.position = row.integer(0);
        if (age == Age::future || row.boolean(1)) continue;
        stretch.found.push_back(row.integer(0));
        length += rows_in(row.integer(4));
        if (length >= rows_of_a_job) return stretch;
    }
    stretch.ended = rows < most_rows;
    return stretch;
}

}  // namespace

Stretch<DeliveryKey> find_overdue(Snapshot& snapshot, const DeliveryKey position, const Timestamp before) {
    const auto deliveries = deliveries_after(snapshot, position);
    Stretch<DeliveryKey> stretch{
        .found = {}, .position = position, .ended = deliveries.size() < most_deliveries};
    // Where even the last is old enough, only those that may expire have to be looked at one by one.
    const bool all_old =
        !deliveries.empty() && age_of_event(snapshot, deliveries.back().key.event, before) == Age::old;
    std::int64_t judged = 0;
    auto age = Age::old;
    for (const auto& [key, may_expire] : deliveries) {
        if ((may_expire || !all_old) && key.event != judged) {
            age = age_of_event(snapshot, key.event, before);
            judged = key.event;
        }
        if (age == Age::young && key.event == judged) {
            stretch.ended = true;
            return stretch;
        }
        stretch.position = key;
        if (may_expire && age == Age::old) stretch.found.push_back(key);
        if (stretch.found.size() == rows_of_a_job) {
            stretch.ended = false;
            return stretch;
        }
    }
    return stretch;
}

std::vector<DeliveryKey> find_overdue_again(Snapshot& snapshot) {
    Query row = snapshot.query(
        "SELECT event, webhook FROM deliveries WHERE state = 'pending' AND expires_at <= ?"
        " ORDER BY expires_at LIMIT ?",
        snapshot.now(), rows_of_a_job);
    std::vector<DeliveryKey> deliveries;
    while (row.step())
        deliveries.push_back({row.integer(0), row.integer(1)});
    return deliveries;
}

Expired expire(Transaction& transaction, const std::span<const DeliveryKey> deliveries) {
    std::vector<std::int64_t> webhooks;
    for (const auto& [event, webhook] : deliveries) {
        const int changed = transaction.execute(
            "UPDATE deliveries SET state = 'expired', next_attempt_at = NULL"
            " WHERE event = ? AND webhook = ? AND state = 'pending' AND coalesce(expires_at <= ?, 1)",
            event, webhook, transaction.now());
        if (changed > 0) webhooks.push_back(webhook);
    }
    Expired expired{.count = webhooks.size(), .webhooks = {}};
    std::ranges::sort(webhooks);
    webhooks.erase(std::ranges::unique(webhooks).begin(), webhooks.end());
    expired.webhooks = std::move(webhooks);
    return expired;
}

Stretch<std::int64_t> find_old_events(Snapshot& snapshot, const std::int64_t position,
                                      const std::optional<Timestamp> before) {
    return walk(snapshot,
                "SELECT number,"
                " EXISTS (SELECT 1 FROM deliveries WHERE event = events.number AND state = 'pending'),"
                " created_at <= ?, created_at <= ?, length(payload) FROM events"
                " WHERE number > ? AND number < (SELECT max(number) FROM events) ORDER BY number LIMIT ?",
                position, before);
}

Stretch<std::int64_t> find_old_attempts(Snapshot& snapshot, const std::int64_t position,
                                        const std::optional<Timestamp> before) {
    return walk(
        snapshot,
        "SELECT number, 0, started_at <= ?, started_at <= ?, length(events) + coalesce(length(response), 0)"
        " FROM attempts"
        " WHERE number > ? AND number < (SELECT max(number) FROM attempts) ORDER BY number LIMIT ?",
        position, before);
}

Stretch<std::int64_t> find_old_sessions(Snapshot& snapshot, const std::int64_t position,
                                        const std::optional<Timestamp> before) {
    return walk(snapshot,
                "SELECT number, 0, created_at <= ?, created_at <= ?, 0 FROM user_sessions"
                " WHERE number > ? ORDER BY number LIMIT ?",
                position, before);
}

Stretch<std::int64_t> find_idle_audiences(Snapshot& snapshot, const std::int64_t position,
                                          std::optional<Timestamp> /*before*/) {
    Query row = snapshot.query(
        "SELECT number, EXISTS (SELECT 1 FROM events WHERE audience = audiences.number)"
        " FROM audiences WHERE number > ? ORDER BY number LIMIT ?",
        position, rows_of_a_job);
    Stretch<std::int64_t> stretch{.found = {}, .position = position, .ended = true};
    for (int rows = 1; row.step(); ++rows) {
        stretch.position = row.integer(0);
        if (!row.boolean(1)) stretch.found.push_back(row.integer(0));
        stretch.ended = rows < rows_of_a_job;
    }
    return stretch;
}

std::optional<std::int64_t> find_gone_webhook(Snapshot& snapshot) {
    // From one webhook to the next, however many rows each has.
    constexpr std::array<Sql, 3> searches{
        "WITH RECURSIVE known (webhook) AS (SELECT min(webhook) FROM deliveries WHERE state = 'pending'"
        " UNION ALL SELECT (SELECT min(webhook) FROM deliveries WHERE state = 'pending'"
        " AND webhook > known.webhook) FROM known WHERE known.webhook IS NOT NULL)"
        " SELECT webhook FROM known WHERE webhook IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM webhooks WHERE number = known.webhook) LIMIT 1",
        "WITH RECURSIVE known (webhook) AS (SELECT min(webhook) FROM deliveries WHERE state = 'expired'"
        " UNION ALL SELECT (SELECT min(webhook) FROM deliveries WHERE state = 'expired'"
        " AND webhook > known.webhook) FROM known WHERE known.webhook IS NOT NULL)"
        " SELECT webhook FROM known WHERE webhook IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM webhooks WHERE number = known.webhook) LIMIT 1",
        "WITH RECURSIVE known (webhook) AS (SELECT min(webhook) FROM attempts"
        " UNION ALL SELECT (SELECT min(webhook) FROM attempts WHERE webhook > known.webhook)"
        " FROM known WHERE known.webhook IS NOT NULL)"
        " SELECT webhook FROM known WHERE webhook IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM webhooks WHERE number = known.webhook) LIMIT 1"};
    for (const auto& search : searches) {
        Query row = snapshot.query(search);
        if (row.step()) return row.integer(0);
    }
    return std::nullopt;
}

std::optional<std::string> find_gone_app(Snapshot& snapshot) {
    // From one app to the next. The empty name is nobody's, see clear_app().
    constexpr std::array<Sql, 3> searches{
        "WITH RECURSIVE known (app) AS (SELECT min(app_id) FROM audiences WHERE app_id > ''"
        " UNION ALL SELECT (SELECT min(app_id) FROM audiences WHERE app_id > known.app)"
        " FROM known WHERE known.app IS NOT NULL)"
        " SELECT app FROM known WHERE app IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM apps WHERE id = known.app) LIMIT 1",
        "WITH RECURSIVE known (app) AS (SELECT min(app_id) FROM users"
        " UNION ALL SELECT (SELECT min(app_id) FROM users WHERE app_id > known.app)"
        " FROM known WHERE known.app IS NOT NULL)"
        " SELECT app FROM known WHERE app IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM apps WHERE id = known.app) LIMIT 1",
        "WITH RECURSIVE known (app) AS (SELECT min(app_id) FROM app_scopes"
        " UNION ALL SELECT (SELECT min(app_id) FROM app_scopes WHERE app_id > known.app)"
        " FROM known WHERE known.app IS NOT NULL)"
        " SELECT app FROM known WHERE app IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM apps WHERE id = known.app) LIMIT 1"};
    for (const auto& search : searches) {
        Query row = snapshot.query(search);
        if (row.step()) return std::string(row.text(0));
    }
    return std::nullopt;
}

std::optional<Timestamp> last_publication(Snapshot& snapshot) {
    Query row =
        snapshot.query("SELECT created_at FROM events WHERE number = (SELECT max(number) FROM events)");
    if (!row.step()) return std::nullopt;
    return parse_timestamp(row.text(0));
}

}  // namespace gateway::storage
