#include "storage/tables/daemon.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

void note_daemon_start(Transaction& transaction, const std::string& version) {
    transaction.execute(
        "INSERT INTO daemon (only_row, version, started_at) VALUES (1, ?, ?)"
        " ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, started_at = excluded.started_at",
        version, transaction.now());
}

std::optional<DaemonStart> last_daemon_start(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT version, started_at FROM daemon");
    if (!row.step()) return std::nullopt;
    return DaemonStart{std::string(row.text(0)), row.timestamp(1)};
}

}  // namespace gateway::storage
