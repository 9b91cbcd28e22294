// What an SQLite failure means to a caller.
#pragma once

#include <exception>

namespace gateway::storage {

/// Unavailable(storage_unavailable) where SQLite says that the file cannot be used now (locked, disk full,
/// I/O error, read-only, out of memory); the exception itself otherwise.
std::exception_ptr translate(const std::exception_ptr& error);

}  // namespace gateway::storage
