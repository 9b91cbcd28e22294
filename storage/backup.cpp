#include "storage/backup.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/sqlite/backup_file.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/tables/sealing_key.hpp"
#include "storage/values/partial_file.hpp"
#include "storage/values/quantity.hpp"

#include <algorithm>
#include <system_error>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

void require_absent(const fs::path& target) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(target, error)))
        throw BackupRefused(target.string() + ": there is a file already; choose another name");
}

void require_room(const fs::path& target, const std::uint64_t needed) {
    const auto available = fs::space(fs::absolute(target).parent_path()).available;
    if (available >= needed) return;
    throw BackupRefused(target.string() + ": it takes " + in_mebibytes(needed) + " of disk space, and " +
                        free_in_mebibytes(available) + " are free; make room first");
}

/// Notes how large the log becomes, and ends the copying beyond the limit.
class LogWatch {
  public:
    LogWatch(const fs::path& target, const BackupOptions& options) : target_(target), options_(options) {}

    void operator()(const CopyProgress& progress) {
        if (largest_ == 0) limit_ = std::max(options_.max_log, progress.log_size);
        largest_ = std::max(largest_, progress.log_size);
        if (progress.log_size > limit_) {
            throw BackupRefused(
                target_.string() + ": given up, as the write-ahead log has grown to " +
                in_mebibytes(progress.log_size) +
                " meanwhile; raise backup.max_wal, or choose a time at which less is written");
        }
        options_.progress(progress);
    }

    [[nodiscard]] std::uint64_t largest() const noexcept { return largest_; }

  private:
    const fs::path& target_;
    const BackupOptions& options_;
    std::uint64_t limit_ = 0;
    std::uint64_t largest_ = 0;
};

/// Copies, and gives the rows that the copy must have. The database's log can start over afterwards.
std::vector<RowCount> copy(const fs::path& database, const PartialFile& file, const std::stop_token& stop,
                           const OnCopyProgress& progress) {
    DatabaseCopy copy(database, stop);
    require_room(file.path(), copy.size());
    copy.write(file.path(), progress);
    Snapshot snapshot(copy.source(), nullptr, {});
    return count_rows(snapshot);
}

}  // namespace

BackupContents verify_backup(const fs::path& file, const std::stop_token& stop) {
    BackupFile backup(file, stop);
    backup.require_whole();
    Snapshot snapshot(backup.session(), nullptr, {});
    return {.bytes = fs::file_size(file),
            .migration = backup.migrations().back().number,
            .key_id = sealing_key_id(snapshot),
            .rows = count_rows(snapshot),
            .orphans = backup.orphans()};
}

BackupMade create_backup(const fs::path& database, const fs::path& target, const BackupOptions& options) {
    require_absent(target);
    const auto begin = std::chrono::steady_clock::now();
    PartialFile file(target);
    BackupMade made;
    LogWatch log(target, options);
    const auto note = [&](const CopyProgress& progress) {
        log(progress);
        made.pages = progress.all_pages;
    };
    const auto rows = copy(fs::canonical(database), file, options.stop, note);
    made.contents = verify_backup(file.path(), options.stop);
    if (made.contents.rows != rows)
        throw BackupRefused(target.string() +
                            ": given up, as the copy does not have the rows of the database");
    require_absent(target);
    file.publish();
    made.largest_log = log.largest();
    made.took = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    return made;
}

std::string time_in_name(const Timestamp time) {
    constexpr std::size_t without_milliseconds = 19;
    auto text = format_timestamp(time).substr(0, without_milliseconds);
    std::erase_if(text, [](const char c) { return c == '-' || c == ':'; });
    return text + 'Z';
}

std::optional<Timestamp> parse_time_in_name(const std::string_view text) {
    // 20261128T145033Z as 2026-11-28T14:50:33.000Z.
    std::string spelled(text);
    constexpr std::size_t length = 16;
    if (spelled.size() != length) return std::nullopt;
    spelled.insert(15, ".000").insert(13, ":").insert(11, ":").insert(6, "-").insert(4, "-");
    return parse_timestamp(spelled);
}

}  // namespace gateway::storage
