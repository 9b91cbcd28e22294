// The sections [database], [secrets] and [retention]: where what is kept is kept, and for how long.
#pragma once

#include "storage/values/checkpoints.hpp"
#include "storage/values/synchronous.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace gateway {

struct DatabaseSettings {
    /// The SQLite file.
    std::filesystem::path path = "data/session-gateway.db";
    /// `full`: an answer of success survives a power failure.
    storage::Synchronous synchronous = storage::Synchronous::full;
    /// Threads that read, each with a connection of its own.
    std::size_t readers = 2;
    /// Writes that may wait; one more is answered 503. Below 0.3 s of work at 15,000 writes a second.
    std::size_t write_queue = 4096;
    /// Reads that may wait; one more is answered 503.
    std::size_t read_queue = 4096;
    /// Bytes of the write-ahead log, 64 MiB, at which it is written back into the database file.
    std::uint64_t checkpoint_size = 67'108'864;
    /// `external`: another program does so, Litestream for one.
    storage::Checkpoints checkpoint = storage::Checkpoints::automatic;
    /// How long to wait for another process that holds the database.
    std::chrono::milliseconds busy_timeout{5'000};

    friend bool operator==(const DatabaseSettings&, const DatabaseSettings&) = default;
};

struct SecretSettings {
    /// The key that seals secrets in the database. Never inside the database: a copy of that gives no secret
    /// away.
    std::filesystem::path key_file = "data/session-gateway.key";

    friend bool operator==(const SecretSettings&, const SecretSettings&) = default;
};

/// What is kept, and for how long.
struct RetentionSettings {
    /// Events with their deliveries, from publication on; 0: for ever.
    std::chrono::milliseconds events = std::chrono::days(30);
    /// Attempts; 0: for ever.
    std::chrono::milliseconds attempts = std::chrono::days(30);
    /// Bytes of what is in the database file; 0: no limit.
    std::uint64_t max_size = 0;

    friend bool operator==(const RetentionSettings&, const RetentionSettings&) = default;
};

}  // namespace gateway
