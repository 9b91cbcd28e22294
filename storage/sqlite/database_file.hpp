// The database's file, whichever names lead to it.
#pragma once

#include "storage/sqlite/file_header.hpp"
#include "storage/values/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace gateway::storage {

/// The file is no database, not ours, newer than this binary, not there, or its history was tampered with.
/// The message is one line that names the file and says what to do.
class DatabaseRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Keeps hold of the file that a path led to when this was made. SQLite drops its locks on a file as soon as
/// the process closes any descriptor of it: an object that has taken the lock outlives every connection.
class DatabaseFile {
  public:
    /// The file that `path` leads to, through symbolic links. Throws DatabaseRefused where there is none, or
    /// none that could be a database.
    explicit DatabaseFile(const std::filesystem::path& path);

    /// As the constructor, but makes the file (empty, 0600) and its folder if need be. Throws
    /// std::runtime_error too.
    static DatabaseFile made(const std::filesystem::path& path);

    /// Absolute and without symbolic links. Each connection opens this path: SQLite's log stands beside it.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Locks the file, not its name, until this is destroyed: false when somebody else has, be it through a
    /// link. To be called before this process opens the database. Throws std::runtime_error.
    [[nodiscard]] bool try_lock();

    /// Whether somebody else has locked the file, under whatever name. To be called before this process opens
    /// the database.
    [[nodiscard]] bool is_locked_elsewhere() const;

    /// What is wrong with the file while it is in use, as a sentence for the operator: the path leads to it
    /// no longer, or what was in it is gone. What is written then is lost. Costs two system calls. Any
    /// thread.
    [[nodiscard]] std::optional<std::string> fault() const;

    /// Whether the path leads to this file but what was in it is gone: the log must not be moved into it.
    [[nodiscard]] bool is_overwritten() const;

    /// From now on a file with another mark than these, see file_mark.hpp, counts as overwritten. Not while
    /// fault() may be called.
    void expect(std::vector<std::uint32_t> marks) { marks_ = std::move(marks); }

    /// Nothing where it is no database. Without the lock: only before this process opens the database.
    [[nodiscard]] std::optional<FileHeader> header() const;

    /// Throws a DatabaseRefused that names the file.
    [[noreturn]] void refuse(const std::string& reason) const;

  private:
    [[nodiscard]] bool is_this(const struct stat& status) const noexcept;
    [[nodiscard]] bool holds_another() const;

    std::filesystem::path given_;  ///< absolute, links and all
    std::filesystem::path path_;
    FileDescriptor held_;  ///< for no more than to keep the inode from being given to another file

    struct stat status_ {};

    FileDescriptor locked_;
    std::vector<std::uint32_t> marks_;
};

/// Whether one of the marks stands in this header, or one that it has become by changes of the schema.
bool is_marked(const FileHeader& header, std::span<const std::uint32_t> marks);

}  // namespace gateway::storage
