#include "storage/sqlite/sqlite_error.hpp"

#include "storage/values/error.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace gateway::storage {

namespace {

bool is_passing(const int sqlite_code) {
    switch (sqlite_code) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::exception_ptr translate(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const SQLite::Exception& failure) {
        if (!is_passing(failure.getErrorCode() & 0xff)) return error;
        return std::make_exception_ptr(Unavailable(ErrorCode::storage_unavailable, failure.what()));
    } catch (...) {
        return error;
    }
}

}  // namespace gateway::storage
