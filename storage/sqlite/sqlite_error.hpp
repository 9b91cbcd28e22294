// What an SQLite failure means to a caller.
#pragma once

#include <exception>
#include <filesystem>

namespace gateway::storage {

/// Unavailable(storage_unavailable) where SQLite says that the file cannot be used now (locked, disk full,
/// I/O error, read-only, out of memory); the exception itself otherwise.
std::exception_ptr translate(const std::exception_ptr& error);

/// Within a catch: throws what was caught again, a failure of SQLite's with the database's file and what
/// to do about it.
[[noreturn]] void rethrow_with_advice(const std::filesystem::path& path);

}  // namespace gateway::storage
