#include "tests/support/delivery_rows.hpp"

namespace gateway::test {

namespace {

std::string literal(const std::string_view text) {
    return "'" + std::string(text) + "'";
}

}  // namespace

std::string audience_row(const std::int64_t number, const std::string& app, const std::string_view type,
                         const std::int64_t webhook) {
    const auto key = std::to_string(number);
    const auto member = std::to_string(webhook);
    // The blanks keep the sets of one app and type apart.
    const auto set = "[" + std::string(static_cast<std::size_t>(number), ' ') + member + "]";
    return "INSERT INTO audiences VALUES (" + key + ", " + literal(app) + ", " + literal(type) + ", " +
           literal(set) + "); INSERT INTO audience_members VALUES (" + member + ", " + key + ");";
}

std::string event_rows(const std::int64_t audience, const std::int64_t first, const std::int64_t count,
                       const std::int64_t step) {
    return "WITH RECURSIVE counted (at) AS (VALUES (" + std::to_string(first) + ") UNION ALL SELECT at + " +
           std::to_string(step) + " FROM counted LIMIT " + std::to_string(count) +
           ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at)"
           " SELECT at, format('evt_%07d', at), app_id, type, audiences.number, '{}',"
           " strftime('%Y-%m-%dT%H:%M:%fZ', '2025-03-15T12:00:00.000Z', at || ' seconds')"
           " FROM counted, audiences WHERE audiences.number = " +
           std::to_string(audience) + ";";
}

std::string delivery_rows(const std::int64_t audience, const std::int64_t webhook,
                          const std::string_view columns, const std::string_view values) {
    return "INSERT INTO deliveries (event, webhook" + std::string(columns) + ") SELECT number, " +
           std::to_string(webhook) + std::string(values) +
           " FROM events WHERE audience = " + std::to_string(audience) + ";";
}

}  // namespace gateway::test
