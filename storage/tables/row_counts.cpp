#include "storage/tables/row_counts.hpp"

#include "storage/engine/transaction.hpp"

#include <array>

namespace gateway::storage {

namespace {

struct Counted {
    std::string_view table;
    Sql count;
};

/// Every table: a test holds this to the schema.
constexpr std::array counted_tables{
    Counted{"schema_migrations", "SELECT count(*) FROM schema_migrations"},
    Counted{"daemon", "SELECT count(*) FROM daemon"},
    Counted{"apps", "SELECT count(*) FROM apps"},
    Counted{"api_tokens", "SELECT count(*) FROM api_tokens"},
    Counted{"sealing_key", "SELECT count(*) FROM sealing_key"},
    Counted{"webhooks", "SELECT count(*) FROM webhooks"},
    Counted{"webhook_activations", "SELECT count(*) FROM webhook_activations"},
    Counted{"webhook_health", "SELECT count(*) FROM webhook_health"},
    Counted{"webhook_secrets", "SELECT count(*) FROM webhook_secrets"},
    Counted{"signing_keys", "SELECT count(*) FROM signing_keys"},
    Counted{"audiences", "SELECT count(*) FROM audiences"},
    Counted{"audience_members", "SELECT count(*) FROM audience_members"},
    Counted{"events", "SELECT count(*) FROM events"},
    Counted{"deliveries", "SELECT count(*) FROM deliveries"},
    Counted{"attempts", "SELECT count(*) FROM attempts"},
    Counted{"replays", "SELECT count(*) FROM replays"},
    Counted{"users", "SELECT count(*) FROM users"},
    Counted{"user_identifiers", "SELECT count(*) FROM user_identifiers"},
    Counted{"user_sessions", "SELECT count(*) FROM user_sessions"},
    Counted{"app_scopes", "SELECT count(*) FROM app_scopes"},
    Counted{"user_scopes", "SELECT count(*) FROM user_scopes"},
};

bool is_there(Snapshot& snapshot, const std::string_view table) {
    return snapshot.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", table).step();
}

}  // namespace

std::vector<RowCount> count_rows(Snapshot& snapshot) {
    std::vector<RowCount> counts;
    for (const auto& [table, count] : counted_tables) {
        if (!is_there(snapshot, table)) continue;
        Query row = snapshot.query(count);
        row.step();
        counts.push_back({table, row.integer(0)});
    }
    return counts;
}

}  // namespace gateway::storage
