#include "storage/sqlite/sqlite_error.hpp"

#include "storage/values/error.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string>
#include <string_view>
#include <sys/statvfs.h>
#include <unistd.h>

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

bool is_disk_full(const std::filesystem::path& database) {
    struct statvfs disk {};

    return ::statvfs(database.parent_path().c_str(), &disk) == 0 && disk.f_bavail == 0;
}

std::string advice(const int sqlite_code, const std::filesystem::path& database) {
    switch (sqlite_code) {
        case SQLITE_FULL:
            return "make room on its disk";
        case SQLITE_IOERR:
            return is_disk_full(database) ? "its disk is full: make room" : "look after its disk";
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "this user (" + std::to_string(::geteuid()) +
                   ") must be able to write it, its folder and the -wal and -shm files beside it";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another program holds it (sqlite3 with an open transaction?): close that";
        case SQLITE_CORRUPT:
            return "it is damaged: put a backup in its place";
        default:
            return {};
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

void rethrow_with_advice(const std::filesystem::path& path) {
    try {
        throw;
    } catch (const SQLite::Exception& failure) {
        const auto database = std::filesystem::absolute(path);
        const auto what_to_do = advice(failure.getErrorCode() & 0xff, database);
        const bool is_told = std::string_view(failure.what()).starts_with(database.string());
        if (what_to_do.empty()) throw;
        throw SQLite::Exception(
            (is_told ? "" : database.string() + ": ") + failure.what() + "; " + what_to_do,
            failure.getErrorCode());
    }
}

}  // namespace gateway::storage
