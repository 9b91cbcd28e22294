#include "storage/sqlite/database_file.hpp"

#include "storage/values/private_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

/// Far behind every byte that SQLite locks, and every byte of a file.
constexpr off_t locked_byte = off_t{1} << 62U;

struct flock range_to_lock() {
    struct flock range {};

    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = locked_byte;
    range.l_len = 1;
    return range;
}

[[noreturn]] void refuse_path(const fs::path& path, const std::string& reason) {
    throw DatabaseRefused(path.string() + ": " + reason);
}

std::string reason_of(const int error) {
    return std::generic_category().message(error);
}

/// A descriptor that reads and writes nothing: closing it drops no lock of SQLite's.
FileDescriptor hold(const fs::path& path) {
    FileDescriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (file.is_open()) return file;
    if (errno == ENOENT || errno == ENOTDIR) {
        refuse_path(path,
                    "there is no such file; `session-gateway serve` or `session-gateway migrate` creates it");
    }
    refuse_path(path, "it cannot be reached: " + reason_of(errno));
}

/// Absolute. SQLite, and people who know it, take some names for something else.
fs::path name_of_file(const fs::path& path) {
    const auto name = path.filename().string();
    if (!name.empty() && name != ":memory:" && !name.starts_with("file:")) return fs::absolute(path);
    throw DatabaseRefused("database.path is \"" + path.string() +
                          "\": it must be the path of a file, which the database is kept in");
}

}  // namespace

DatabaseFile::DatabaseFile(const fs::path& path) : given_(name_of_file(path)), held_(hold(given_)) {
    std::error_code error;
    path_ = fs::canonical(given_, error);
    if (error || ::fstat(held_.get(), &status_) != 0) refuse_path(given_, "it cannot be reached");
    if (!S_ISREG(status_.st_mode)) refuse_path(path_, "it is not a plain file; choose another database.path");
}

DatabaseFile DatabaseFile::made(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(name_of_file(path), error)) {
        make_folder_of(path);
        const FileDescriptor file(open_private_file(path));
    }
    return DatabaseFile(path);
}

bool DatabaseFile::try_lock() {
    FileDescriptor file(open_private_file(path_));
    auto range = range_to_lock();
    if (::fcntl(file.get(), F_OFD_SETLK, &range) == 0) {
        locked_ = std::move(file);
        return true;
    }
    if (errno == EAGAIN || errno == EACCES) return false;
    throw std::runtime_error("cannot lock " + path_.string() + ": " + reason_of(errno));
}

bool DatabaseFile::is_locked_elsewhere() const {
    const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    auto range = range_to_lock();
    return ::fcntl(file.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

std::optional<std::string> DatabaseFile::fault() const {
    struct stat now {};

    if (::stat(given_.c_str(), &now) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return given_.string() + " cannot be reached: " + reason_of(errno);
        return given_.string() +
               " is gone: it was removed or renamed while it was in use; put it back, or restart";
    }
    if (!is_this(now)) {
        return given_.string() +
               " is another file now: it was replaced while it was in use; restart to use the new one";
    }
    if (now.st_size != 0 && holds_another()) {
        return given_.string() +
               " holds another database now: it was written over while it was in use; stop, move its -wal "
               "and -shm "
               "files away, start again";
    }
    if (now.st_size == 0) {
        return given_.string() +
               " is empty: it was cut to nothing while it was in use; stop, put a backup in its place, start "
               "again";
    }
    return std::nullopt;
}

bool DatabaseFile::is_overwritten() const {
    struct stat now {};

    return ::fstat(held_.get(), &now) == 0 && (now.st_size == 0 || holds_another());
}

bool DatabaseFile::holds_another() const {
    if (marks_.empty() || !locked_.is_open()) return false;
    const auto now = header();
    return !now || !is_marked(*now, marks_);
}

std::optional<FileHeader> DatabaseFile::header() const {
    if (locked_.is_open()) return read_header(locked_.get());
    const FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return read_header(file.get());
}

void DatabaseFile::refuse(const std::string& reason) const {
    refuse_path(path_, reason);
}

bool is_marked(const FileHeader& header, const std::span<const std::uint32_t> marks) {
    // More changes of the schema than anybody makes between two starts.
    constexpr std::uint32_t most_changes = 10'000;
    const auto fits = [&header](const std::uint32_t mark) {
        return header.schema_version - mark < most_changes;
    };
    return header.keeps_log && std::ranges::any_of(marks, fits);
}

bool DatabaseFile::is_this(const struct stat& status) const noexcept {
    return status.st_dev == status_.st_dev && status.st_ino == status_.st_ino;
}

}  // namespace gateway::storage
