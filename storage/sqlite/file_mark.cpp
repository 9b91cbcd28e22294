#include "storage/sqlite/file_mark.hpp"

#include "storage/sqlite/checkpointer.hpp"

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

using Marks = std::vector<std::uint32_t>;

constexpr std::string_view introduction = "marks of the database file: ";

fs::path beside(const fs::path& database, const char* const suffix) {
    return database.string() + suffix;
}

/// None where the side file is missing, or was torn by a loss of power.
Marks noted_marks(const fs::path& database) {
    std::ifstream file(beside(database, ".lock"));
    std::string line;
    std::getline(file, line);
    if (file.eof() || !line.starts_with(introduction)) return {};
    std::istringstream numbers(line.substr(introduction.size()));
    Marks marks;
    for (std::uint32_t mark = 0; numbers >> mark;)
        marks.push_back(mark);
    return marks;
}

void note_marks(SideLock& side_lock, const Marks& marks) {
    std::string line(introduction);
    for (const auto mark : marks)
        line.append(std::to_string(mark)).append(1, ' ');
    side_lock.write_note(line.append(1, '\n'));
}

std::uintmax_t log_size(const fs::path& database) {
    std::error_code error;
    const auto size = fs::file_size(beside(database, "-wal"), error);
    return error ? 0 : size;
}

[[noreturn]] void refuse_absent(const fs::path& database, const std::string& what) {
    throw DatabaseRefused(
        database.string() + ": " + what + ", although " + beside(database, ".lock").string() +
        " tells of a database here; put a backup in its place, or remove that file to begin "
        "with an empty database");
}

/// Random, and far from the small numbers that copies have and from what `former` comes to by changes of the
/// schema.
std::uint32_t new_mark(const std::uint32_t former, const RandomSource& random) {
    constexpr std::uint32_t least = 1U << 24U;
    constexpr std::uint32_t most = (1U << 31U) - least;
    const auto drawn = [&random] {
        std::array<std::uint8_t, sizeof(std::uint32_t)> bytes{};
        random(bytes);
        std::uint32_t number = 0;
        std::memcpy(&number, bytes.data(), bytes.size());
        return number;
    }();
    const std::uint32_t mark = least + drawn % (most - least);
    const bool is_near = mark + least / 2 > former && former + least / 2 > mark;
    return is_near ? mark + least : mark;
}

}  // namespace

void require_same_database(const DatabaseFile& file) {
    constexpr std::uintmax_t log_header_size = 32;
    const auto& path = file.path();
    const auto marks = noted_marks(path);
    if (marks.empty()) return;
    const bool has_log = log_size(path) > log_header_size;
    const auto header = file.header();
    if (fs::file_size(path) == 0) refuse_absent(path, "it is empty");
    if (!header) return;  // no database: the migrator says so
    if (!has_log && header->schema_version == 0) refuse_absent(path, "it holds nothing");
    if (!has_log || is_marked(*header, marks)) return;
    const auto log = beside(path, "-wal").string();
    file.refuse("it is not the database that " + log +
                " was written for (was a backup put in its place?); to use it as it is, move " + log +
                " and " + beside(path, "-shm").string() +
                " away, which hold the last writes of the former one, and start again; if the log was "
                "restored along with it, "
                "remove " +
                beside(path, ".lock").string());
}

void require_same_database_unless_served(const DatabaseFile& file) {
    const bool was_served = fs::exists(beside(file.path(), ".lock"));
    if (was_served && SideLock(file.path()).held_elsewhere(SideLock::Part::daemon)) return;
    if (file.is_locked_elsewhere()) {
        file.refuse(
            "a session-gateway has this file open under another name; use that one, and remove the hard link "
            "or mount that gives the file a second name: each name has a log of its own, and the file "
            "breaks");
    }
    require_same_database(file);
}

void require_never_marked(const fs::path& database) {
    std::error_code error;
    const auto path = fs::weakly_canonical(fs::absolute(database, error), error);
    if (!error && !noted_marks(path).empty()) refuse_absent(path, "there is no such file");
}

void mark_anew(Connection& connection, DatabaseFile& file, SideLock& side_lock, const RandomSource& random,
               const Checkpoints checkpoints) {
    // A long log is left to the checkpoints that come: a start need not wait for it.
    constexpr std::uintmax_t longest_log = 8U << 20U;

    connection.execute("BEGIN IMMEDIATE");
    const auto former = static_cast<std::uint32_t>(connection.integer("PRAGMA schema_version"));
    const auto mark = new_mark(former, random);
    // Until a checkpoint the file itself may have an earlier one than its log.
    Marks marks{mark, former};
    if (const auto header = file.header()) marks.push_back(header->schema_version);
    note_marks(side_lock, marks);
    file.expect(marks);
    connection.execute("PRAGMA schema_version = " + std::to_string(mark));
    connection.execute("COMMIT");
    if (checkpoints == Checkpoints::external || log_size(file.path()) > longest_log ||
        !checkpoint_passively(connection))
        return;
    note_marks(side_lock, {mark});
    file.expect({mark});
}

}  // namespace gateway::storage
