// The least that proves that the database can be read and written.
#pragma once

namespace gateway::storage {

class Snapshot;
class Transaction;

/// Reads. Throws what SQLite reports.
bool probe_read(Snapshot& snapshot);

/// Adds a row and removes it again: a page goes to the disk with the commit, and nobody has seen another row.
/// False where it could not be added. Throws what SQLite reports.
bool probe_write(Transaction& transaction);

}  // namespace gateway::storage
