// A disk that fails: an SQLite VFS over the machine's own that loses power and injects faults, for tests.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace gateway::test {

/// What SQLite asks of its files.
enum class DiskCall { open, read, write, truncate, sync, file_size, remove };

/// A fault that waits for its call.
struct DiskFault {
    DiskCall call;
    int code;               ///< what SQLite is told: SQLITE_FULL, SQLITE_IOERR_FSYNC, …
    std::uint64_t nth = 1;  ///< the call of this kind that it strikes, counted from its injection
    bool lasting = false;   ///< it strikes every call of this kind from then on
};

/// The process's default VFS for as long as it lives; one at a time. Files below its folder are its own, all
/// others pass through. Shared memory passes through too; memory-mapped I/O is not offered, so that every
/// read is a call. Nothing is really forced to disk. Thread-safe.
///
/// It keeps what was written apart from what was synced. When power is cut it decides by a seed what became
/// of the former: each sector of each write since the file's last sync is kept, lost, torn or swapped with a
/// later one; a name that was made or removed since the folder's last sync is as before or as after; so is
/// a file's size. As SQLite assumes of every disk (SQLITE_IOCAP_POWERSAFE_OVERWRITE), bytes that were not
/// written stay as they are. A sync that fails keeps some writes and loses the others for good, as Linux
/// does.
///
/// Files that exist when they are first opened, and the folder, count as synced then.
class FaultyVfs {
  public:
    explicit FaultyVfs(const std::filesystem::path& folder, std::uint64_t seed = 0);

    /// No file of the folder may be open any more.
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    /// Replaces an earlier fault.
    void inject(const DiskFault& fault);

    /// The fault is gone.
    void clear();

    /// Each sync from now on waits for `released`, which outlives the files that are open.
    void hold_syncs(std::latch& released);

    /// Whether the fault injected last has struck.
    [[nodiscard]] bool has_struck() const;

    /// Cuts power in the middle of the `nth` change (write, truncation, sync, creation or removal) from now.
    /// From then on every change fails with an I/O error and none happens.
    void cut_power_at(std::uint64_t nth);

    void cut_power();

    [[nodiscard]] bool power_is_cut() const;

    /// Makes `target`, a new folder, with the files that a machine finds there when it has power again.
    void leave_image(const std::filesystem::path& target);

  private:
    struct Change {
        std::int64_t offset;               ///< or the new size
        std::optional<std::string> bytes;  ///< nothing: a truncation
    };

    /// A file's content, whatever its name.
    struct Content {
        std::string synced;
        std::vector<Change> since;
    };

    using ContentPtr = std::shared_ptr<Content>;

    /// What a name stood for: null for nothing.
    struct Name {
        ContentPtr synced;
        std::vector<ContentPtr> since;

        [[nodiscard]] const ContentPtr& now() const { return since.empty() ? synced : since.back(); }
    };

    struct File;
    struct Methods;

    [[nodiscard]] bool is_own(const char* name) const;
    int open(sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags);
    int remove(const char* name, int sync_folder);
    int read(File& file, void* bytes, int size, sqlite3_int64 offset);
    int write(File& file, const void* bytes, int size, sqlite3_int64 offset);
    int truncate(File& file, sqlite3_int64 size);
    int sync(File& file);
    int file_size(File& file, sqlite3_int64* size);

    // Under mutex_:

    [[nodiscard]] int strike(DiskCall call);
    [[nodiscard]] bool cut_by_this_change();
    Name& name_of(const std::string& path);
    void sync_folder();
    void lose_some(Content& content);
    std::string surviving(const Content& content);

    const std::string prefix_;
    sqlite3_vfs* const machine_;
    sqlite3_vfs vfs_{};
    std::atomic<std::latch*> syncs_wait_for_ = nullptr;

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::map<std::string, Name> names_;
    std::optional<DiskFault> fault_;
    std::uint64_t calls_ = 0;  ///< of the fault's kind since it was injected
    bool has_struck_ = false;
    std::optional<std::uint64_t> changes_left_;  ///< until power is cut
    bool power_is_cut_ = false;
};

}  // namespace gateway::test
