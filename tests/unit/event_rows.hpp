// Rows of events and deliveries, as publishing and the dispatcher leave them.
#pragma once

#include "storage/values/timestamp.hpp"

#include <string>

namespace gateway::test {

/// Adds rows through `ask(sql)` of a test's database. The app is 54e9ujn; its webhooks are numbered from 1
/// on.
template <class Database>
class EventRows {
  public:
    explicit EventRows(const Database& database) : database_(database) {}

    void add_app(const std::string& id) const {
        database_.ask("INSERT INTO apps (id, name, created_at, updated_at) VALUES ('" + id + "', ''," +
                      any_time + "," + any_time + ")");
    }

    void add_webhook(const int number, const std::string& app = "54e9ujn") const {
        database_.ask(
            "INSERT INTO webhooks (number, id, app_id, url, events, created_at, updated_at,"
            " verification_token_sealed) VALUES (" +
            std::to_string(number) + ", 'web_" + std::to_string(number) + "', '" + app + "', '', '[]', " +
            any_time + ", " + any_time + ", x'')");
    }

    void add_audience(const int number, const std::string& webhooks,
                      const std::string& app = "54e9ujn") const {
        const auto audience = std::to_string(number);
        database_.ask("INSERT INTO audiences VALUES (" + audience + ", '" + app + "', 'user.created', '" +
                      webhooks + "')");
        database_.ask("INSERT INTO audience_members SELECT value, " + audience + " FROM json_each('" +
                      webhooks + "')");
    }

    /// `count` events to an audience, all of one time, with deliveries in this state to each of its webhooks.
    void publish(const int count, const Timestamp at, const std::string& state = "delivered",
                 const int audience = 1) const {
        const auto first = database_.ask("SELECT coalesce(max(number), 0) + 1 FROM events");
        database_.ask("WITH RECURSIVE each (number) AS (SELECT " + first +
                      " UNION ALL SELECT number + 1 FROM each LIMIT " + std::to_string(count) +
                      ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at)"
                      " SELECT each.number, 'evt_' || each.number, app_id, type, audiences.number, "
                      "'{\"user_id\":\"1\"}', '" +
                      format_timestamp(at) +
                      "' FROM each, audiences WHERE audiences.number = " + std::to_string(audience));
        database_.ask("INSERT INTO deliveries (event, webhook, state) SELECT events.number, value, '" +
                      state +
                      "' FROM events JOIN audiences ON audiences.number = audience, json_each(webhooks)"
                      " WHERE events.number >= " +
                      first);
    }

    void attempt(const int count, const Timestamp at, const int webhook = 1) const {
        database_.ask(
            "WITH RECURSIVE each (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM each LIMIT " +
            std::to_string(count) +
            ") INSERT INTO attempts (id, webhook, started_at, duration_ms, events, outcome)"
            " SELECT 'att_' || number, " +
            std::to_string(webhook) + ", '" + format_timestamp(at) + "', 1, '[1]', 'delivered' FROM each");
    }

  private:
    static constexpr auto any_time = "'2025-03-15T12:00:00.000Z'";
    const Database& database_;
};

}  // namespace gateway::test
