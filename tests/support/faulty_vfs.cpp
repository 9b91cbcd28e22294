#include "tests/support/faulty_vfs.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gateway::test {

namespace fs = std::filesystem;

/// What SQLite holds of an open file. The machine's own file follows it in the memory that SQLite gave.
struct FaultyVfs::File {
    sqlite3_file base;  // first: SQLite sees nothing else
    FaultyVfs* vfs;
    ContentPtr content;
    bool sync_folder;  ///< with the next sync, as the machine's VFS does for a new journal or log

    static File& of(sqlite3_file* const file) { return *reinterpret_cast<File*>(file); }

    static constexpr std::size_t size() {
        constexpr std::size_t alignment = alignof(std::max_align_t);
        return (sizeof(File) + alignment - 1) / alignment * alignment;
    }

    [[nodiscard]] sqlite3_file* machine() {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(this) + size());
    }
};

/// The functions that SQLite calls.
struct FaultyVfs::Methods {
    static FaultyVfs& vfs(sqlite3_vfs* const vfs) { return *static_cast<FaultyVfs*>(vfs->pAppData); }

    template <auto Method, class... Args>
    static int pass(sqlite3_file* const file, Args... args) {
        sqlite3_file* const machine = File::of(file).machine();
        return (machine->pMethods->*Method)(machine, args...);
    }

    static int close(sqlite3_file* const file) {
        const int code = pass<&sqlite3_io_methods::xClose>(file);
        File::of(file).~File();
        return code;
    }

    static int read(sqlite3_file* const file, void* const bytes, const int size, const sqlite3_int64 offset) {
        return File::of(file).vfs->read(File::of(file), bytes, size, offset);
    }

    static int write(sqlite3_file* const file, const void* const bytes, const int size,
                     const sqlite3_int64 offset) {
        return File::of(file).vfs->write(File::of(file), bytes, size, offset);
    }

    static int truncate(sqlite3_file* const file, const sqlite3_int64 size) {
        return File::of(file).vfs->truncate(File::of(file), size);
    }

    static int sync(sqlite3_file* const file, int) { return File::of(file).vfs->sync(File::of(file)); }

    static int file_size(sqlite3_file* const file, sqlite3_int64* const size) {
        return File::of(file).vfs->file_size(File::of(file), size);
    }

    static int control(sqlite3_file* const file, const int operation, void* const argument) {
        // These would change the file behind our back: by mapping it, or by making room in advance.
        if (operation == SQLITE_FCNTL_MMAP_SIZE || operation == SQLITE_FCNTL_SIZE_HINT ||
            operation == SQLITE_FCNTL_CHUNK_SIZE)
            return SQLITE_NOTFOUND;
        return pass<&sqlite3_io_methods::xFileControl>(file, operation, argument);
    }

    static int shared_memory(sqlite3_file* const file, const int page, const int size, const int extend,
                             volatile void** const memory) {
        return pass<&sqlite3_io_methods::xShmMap>(file, page, size, extend, memory);
    }

    static void barrier(sqlite3_file* const file) {
        sqlite3_file* const machine = File::of(file).machine();
        machine->pMethods->xShmBarrier(machine);
    }

    static const sqlite3_io_methods& of_files() {
        static constexpr sqlite3_io_methods methods{
            .iVersion = 2,  // without xFetch
            .xClose = close,
            .xRead = read,
            .xWrite = write,
            .xTruncate = truncate,
            .xSync = sync,
            .xFileSize = file_size,
            .xLock = pass<&sqlite3_io_methods::xLock, int>,
            .xUnlock = pass<&sqlite3_io_methods::xUnlock, int>,
            .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
            .xFileControl = control,
            .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
            .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
            .xShmMap = shared_memory,
            .xShmLock = pass<&sqlite3_io_methods::xShmLock, int, int, int>,
            .xShmBarrier = barrier,
            .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap, int>,
            .xFetch = nullptr,
            .xUnfetch = nullptr,
        };
        return methods;
    }

    static int open(sqlite3_vfs* const own, const sqlite3_filename name, sqlite3_file* const file,
                    const int flags, int* const out_flags) {
        return vfs(own).open(name, file, flags, out_flags);
    }

    static int remove(sqlite3_vfs* const own, const char* const name, const int sync_folder) {
        return vfs(own).remove(name, sync_folder);
    }

    static int access(sqlite3_vfs* const own, const char* const name, const int flags, int* const result) {
        sqlite3_vfs* const machine = vfs(own).machine_;
        return machine->xAccess(machine, name, flags, result);
    }

    static int full_path(sqlite3_vfs* const own, const char* const name, const int size, char* const path) {
        sqlite3_vfs* const machine = vfs(own).machine_;
        return machine->xFullPathname(machine, name, size, path);
    }
};

namespace {

// SQLite takes a write that fails with SQLITE_FULL for one that did nothing, the disk does not.
constexpr int part_of_failed_write = 2;

std::string content_of(const fs::path& path) {
    std::string content(fs::file_size(path), '\0');
    std::ifstream(path, std::ios::binary).read(content.data(), static_cast<std::streamsize>(content.size()));
    return content;
}

void overwrite(std::string& content, const std::int64_t offset, const std::string_view bytes) {
    const auto begin = static_cast<std::size_t>(offset);
    if (content.size() < begin + bytes.size()) content.resize(begin + bytes.size());
    content.replace(begin, bytes.size(), bytes);
}

}  // namespace

FaultyVfs::FaultyVfs(const fs::path& folder, const std::uint64_t seed)
    : prefix_(fs::canonical(folder).string() + "/"), machine_(sqlite3_vfs_find("unix")), random_(seed) {
    if (machine_ == nullptr) throw std::runtime_error("this SQLite has no VFS \"unix\"");
    vfs_ = *machine_;  // whatever is not replaced below asks no file
    vfs_.szOsFile = static_cast<int>(File::size()) + machine_->szOsFile;
    vfs_.pNext = nullptr;
    vfs_.zName = "faulty";
    vfs_.pAppData = this;
    vfs_.xOpen = Methods::open;
    vfs_.xDelete = Methods::remove;
    vfs_.xAccess = Methods::access;
    vfs_.xFullPathname = Methods::full_path;
    constexpr int as_default = 1;
    if (sqlite3_vfs_register(&vfs_, as_default) != SQLITE_OK)
        throw std::runtime_error("sqlite3_vfs_register");
}

FaultyVfs::~FaultyVfs() {
    constexpr int as_default = 1;
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(machine_, as_default);
}

void FaultyVfs::inject(const DiskFault& fault) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    calls_ = 0;
    has_struck_ = false;
}

void FaultyVfs::clear() {
    const std::lock_guard lock(mutex_);
    fault_.reset();
}

void FaultyVfs::hold_syncs(std::latch& released) {
    syncs_wait_for_ = &released;
}

bool FaultyVfs::has_struck() const {
    const std::lock_guard lock(mutex_);
    return has_struck_;
}

void FaultyVfs::cut_power_at(const std::uint64_t nth) {
    const std::lock_guard lock(mutex_);
    changes_left_ = nth;
}

void FaultyVfs::cut_power() {
    const std::lock_guard lock(mutex_);
    power_is_cut_ = true;
}

bool FaultyVfs::power_is_cut() const {
    const std::lock_guard lock(mutex_);
    return power_is_cut_;
}

bool FaultyVfs::is_own(const char* const name) const {
    return name != nullptr && std::string_view(name).starts_with(prefix_);
}

int FaultyVfs::open(const sqlite3_filename name, sqlite3_file* const file, const int flags,
                    int* const out_flags) {
    if (!is_own(name)) return machine_->xOpen(machine_, name, file, flags, out_flags);
    const std::lock_guard lock(mutex_);
    file->pMethods = nullptr;
    if (const int code = strike(DiskCall::open)) return code;
    constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    const bool may_create = (flags & SQLITE_OPEN_CREATE) != 0;
    auto& entry = name_of(name);
    const bool creates = may_create && !entry.now();
    if (creates) {
        if (power_is_cut_) return SQLITE_CANTOPEN;
        entry.since.push_back(std::make_shared<Content>());
        if (cut_by_this_change()) return SQLITE_CANTOPEN;
    }
    auto& own = *new (file) File{.base = {.pMethods = nullptr},
                                 .vfs = this,
                                 .content = entry.now(),
                                 .sync_folder = may_create && (flags & journals) != 0};
    const int code = machine_->xOpen(machine_, name, own.machine(), flags, out_flags);
    if (code != SQLITE_OK) {
        if (creates) entry.since.pop_back();
        own.~File();
        return code;
    }
    own.base.pMethods = &Methods::of_files();
    return SQLITE_OK;
}

int FaultyVfs::remove(const char* const name, const int sync_folder_too) {
    if (!is_own(name)) return machine_->xDelete(machine_, name, sync_folder_too);
    const std::lock_guard lock(mutex_);
    if (const int code = strike(DiskCall::remove)) return code;
    if (power_is_cut_) return SQLITE_IOERR_DELETE;
    auto& entry = name_of(name);
    if (entry.now()) entry.since.emplace_back();
    if (cut_by_this_change()) return SQLITE_IOERR_DELETE;
    constexpr int no_sync = 0;
    const int code = machine_->xDelete(machine_, name, no_sync);
    if (code == SQLITE_OK && sync_folder_too != 0) sync_folder();
    return code;
}

int FaultyVfs::read(File& file, void* const bytes, const int size, const sqlite3_int64 offset) {
    {
        const std::lock_guard lock(mutex_);
        if (const int code = strike(DiskCall::read)) return code;
    }
    return Methods::pass<&sqlite3_io_methods::xRead>(&file.base, bytes, size, offset);
}

int FaultyVfs::write(File& file, const void* const bytes, const int size, const sqlite3_int64 offset) {
    const std::lock_guard lock(mutex_);
    if (power_is_cut_) return SQLITE_IOERR_WRITE;
    const auto* const begin = static_cast<const char*>(bytes);
    const int fault = strike(DiskCall::write);
    const int written = fault == SQLITE_OK ? size : size / part_of_failed_write;
    file.content->since.push_back({offset, std::string(begin, begin + written)});
    if (cut_by_this_change()) return SQLITE_IOERR_WRITE;
    const int code = Methods::pass<&sqlite3_io_methods::xWrite>(&file.base, bytes, written, offset);
    return fault == SQLITE_OK ? code : fault;
}

int FaultyVfs::truncate(File& file, const sqlite3_int64 size) {
    const std::lock_guard lock(mutex_);
    if (power_is_cut_) return SQLITE_IOERR_TRUNCATE;
    if (const int code = strike(DiskCall::truncate)) return code;
    file.content->since.push_back({size, std::nullopt});
    if (cut_by_this_change()) return SQLITE_IOERR_TRUNCATE;
    return Methods::pass<&sqlite3_io_methods::xTruncate>(&file.base, size);
}

int FaultyVfs::sync(File& file) {
    if (const auto* const released = syncs_wait_for_.load()) released->wait();
    const std::lock_guard lock(mutex_);
    if (power_is_cut_ || cut_by_this_change()) return SQLITE_IOERR_FSYNC;
    auto& content = *file.content;
    if (const int code = strike(DiskCall::sync)) {
        lose_some(content);
        return code;
    }
    for (const auto& change : content.since) {
        if (change.bytes) {
            overwrite(content.synced, change.offset, *change.bytes);
        } else {
            content.synced.resize(static_cast<std::size_t>(change.offset));
        }
    }
    content.since.clear();
    if (std::exchange(file.sync_folder, false)) sync_folder();
    return SQLITE_OK;
}

int FaultyVfs::file_size(File& file, sqlite3_int64* const size) {
    {
        const std::lock_guard lock(mutex_);
        if (const int code = strike(DiskCall::file_size)) return code;
    }
    return Methods::pass<&sqlite3_io_methods::xFileSize>(&file.base, size);
}

int FaultyVfs::strike(const DiskCall call) {
    if (!fault_ || fault_->call != call) return SQLITE_OK;
    ++calls_;
    const bool strikes = calls_ == fault_->nth || (fault_->lasting && calls_ > fault_->nth);
    if (!strikes) return SQLITE_OK;
    has_struck_ = true;
    return fault_->code;
}

bool FaultyVfs::cut_by_this_change() {
    if (changes_left_ && --*changes_left_ == 0) {
        changes_left_.reset();
        power_is_cut_ = true;
    }
    return power_is_cut_;
}

FaultyVfs::Name& FaultyVfs::name_of(const std::string& path) {
    const auto [entry, is_new] = names_.try_emplace(path);
    if (is_new && fs::exists(path))
        entry->second.synced = std::make_shared<Content>(Content{.synced = content_of(path), .since = {}});
    return entry->second;
}

void FaultyVfs::sync_folder() {
    for (auto& [path, name] : names_) {
        name.synced = name.now();
        name.since.clear();
    }
}

void FaultyVfs::lose_some(Content& content) {
    content.synced = surviving(content);
    content.since.clear();
}

namespace {

/// How one loss of power treats what was not synced. Extremes are as likely as the middle.
struct Loss {
    explicit Loss(std::mt19937_64& random)
        : sector(random() % 2 == 0 ? 512 : 4'096),
          kept_of_four(random() % 5),
          whole_writes(random() % 3 == 0),
          reorders(random() % 2 == 0),
          tears(random() % 2 == 0) {}

    std::size_t sector;
    std::uint64_t kept_of_four;
    bool whole_writes;
    bool reorders;
    bool tears;
};

struct Piece {
    std::int64_t offset;
    std::optional<std::string_view> bytes;
};

void append_sectors(std::vector<Piece>& pieces, std::int64_t offset, std::string_view bytes,
                    const std::size_t sector) {
    while (!bytes.empty()) {
        const std::size_t room = sector - static_cast<std::size_t>(offset) % sector;
        const auto part = bytes.substr(0, room);
        pieces.push_back({offset, part});
        offset += static_cast<std::int64_t>(part.size());
        bytes.remove_prefix(part.size());
    }
}

void shuffle(std::vector<Piece>& pieces, std::mt19937_64& random) {
    for (std::size_t i = pieces.size(); i > 1; --i)
        std::swap(pieces[i - 1], pieces[random() % i]);
}

/// The part that arrived of a sector whose write was cut short, from either end.
Piece torn(const Piece& piece, std::mt19937_64& random) {
    const std::size_t cut = random() % (piece.bytes->size() + 1);
    if (random() % 2 == 0) return {piece.offset, piece.bytes->substr(0, cut)};
    return {piece.offset + static_cast<std::int64_t>(cut), piece.bytes->substr(cut)};
}

}  // namespace

std::string FaultyVfs::surviving(const Content& content) {
    const Loss loss(random_);
    std::vector<Piece> pieces;
    for (const auto& [offset, bytes] : content.since) {
        if (!bytes || loss.whole_writes) {
            pieces.push_back({offset, bytes});
        } else {
            append_sectors(pieces, offset, *bytes, loss.sector);
        }
    }
    if (loss.reorders) shuffle(pieces, random_);

    std::string image = content.synced;
    for (const auto& piece : pieces) {
        if (random_() % 4 >= loss.kept_of_four) continue;
        if (!piece.bytes) {
            image.resize(static_cast<std::size_t>(piece.offset));
            continue;
        }
        const auto arrived = loss.tears && random_() % 8 == 0 ? torn(piece, random_) : piece;
        overwrite(image, arrived.offset, *arrived.bytes);
    }
    return image;
}

void FaultyVfs::leave_image(const fs::path& target) {
    const std::lock_guard lock(mutex_);
    fs::create_directories(target);
    for (auto& [path, name] : names_) {
        std::vector<ContentPtr> states{name.synced};
        states.insert(states.end(), name.since.begin(), name.since.end());
        const auto& content = states[random_() % states.size()];
        if (content)
            std::ofstream(target / fs::path(path).filename(), std::ios::binary) << surviving(*content);
    }
}

}  // namespace gateway::test
