#include "server/settings/database_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> database_rows() {
    return {
        row<&Settings::database, &DatabaseSettings::path>(
            "database.path", Path{}, "the SQLite file; its folder must be writable",
            "It is made on the first start, readable by its owner only. SQLite keeps two more files beside "
            "it (-wal and -shm). Not on a network file system."),
        row<&Settings::database, &DatabaseSettings::synchronous>(
            "database.synchronous",
            Choice<storage::Synchronous>{
                {{"full", storage::Synchronous::full}, {"normal", storage::Synchronous::normal}}},
            "full: what was answered survives a power failure; normal: faster, the last writes may be lost "
            "then",
            "Both are safe when the daemon is killed."),
        row<&Settings::database, &DatabaseSettings::readers>(
            "database.readers", Count{1, 64}, "threads that read the database, each on its own connection",
            "There is always exactly one that writes."),
        row<&Settings::database, &DatabaseSettings::write_queue>(
            "database.write_queue", Count{1, 1'000'000}, "writes that may wait; one more is answered 503"),
        row<&Settings::database, &DatabaseSettings::read_queue>(
            "database.read_queue", Count{1, 1'000'000}, "reads that may wait; one more is answered 503"),
        row<&Settings::database, &DatabaseSettings::checkpoint_size>(
            "database.checkpoint_size", Size{64 * kib, 64 * gib},
            "size of the write-ahead log (the -wal file) at which it is written back into the database",
            "Larger: fewer pauses and more disk space. The log grows past it while somebody holds a read "
            "transaction open."),
        row<&Settings::database, &DatabaseSettings::checkpoint>(
            "database.checkpoint",
            Choice<storage::Checkpoints>{{{"automatic", storage::Checkpoints::automatic},
                                          {"external", storage::Checkpoints::external}}},
            "automatic: the daemon writes the log back; external: another program does, such as Litestream",
            "With external the daemon only warns of a log that gets too large."),
        row<&Settings::database, &DatabaseSettings::busy_timeout>(
            "database.busy_timeout", time_limit,
            "time to wait for another process that holds the database; then the answer is 503",
            "A backup or an open sqlite3 may hold it."),

        row<&Settings::secrets, &SecretSettings::key_file>(
            "secrets.key_file", Path{},
            "the key that seals secrets in the database; made on first start, back it up apart from the "
            "database",
            "Without it the webhooks' verification tokens are lost. It is readable by its owner only."),

        live_row<&Settings::retention, &RetentionSettings::events>(
            "retention.events", Duration{0ms, 24h * 3'650},
            "time for which events and what became of them are kept; 0: for ever",
            "An event that is still to be delivered stays until it is delivered or expires."),
        live_row<&Settings::retention, &RetentionSettings::attempts>(
            "retention.attempts", Duration{0ms, 24h * 3'650},
            "time for which the requests to receivers are kept; 0: for ever"),
        live_row<&Settings::retention, &RetentionSettings::max_size>(
            "retention.max_size", Size{0, 64 * 1024 * gib},
            "size of the database's contents at which the oldest events go before their time; 0: no limit",
            "When nothing is left to remove but what is still to be delivered, publishing is answered 503 "
            "until there is room. Leave the disk room beyond it for the write-ahead log."),
    };
}

}  // namespace gateway::setting
