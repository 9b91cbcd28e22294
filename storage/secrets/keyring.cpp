#include "storage/secrets/keyring.hpp"

#include "storage/values/encoding.hpp"
#include "storage/values/file_descriptor.hpp"
#include "storage/values/private_file.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

/// Many times what two keys need; a larger file is something else.
constexpr std::size_t largest_file = 65536;

constexpr std::string_view file_header =
    "# Sealing keys of session-gateway: the secrets in its database cannot be read without this file.\n"
    "# Keep a copy in a safe place, apart from the copies of the database, and show it to nobody.\n";

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
    throw KeyFileError("key file " + path.string() + ": " + what);
}

/// As fail(), with the reason that errno gives.
[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& what) {
    fail(path, what + ": " + std::generic_category().message(errno));
}

/// As fail(), where the file that belongs to the database is elsewhere or gone.
[[noreturn]] void fail_as_lost(const fs::path& path, const std::string& what) {
    fail(path,
         what +
             "; put back the one that belongs to this database (its path is the setting secrets.key_file), "
             "or where that is lost, `session-gateway secrets reset` makes a new one");
}

/// Removes a file when the scope ends, be it that it is no longer wanted or that its making failed.
class Removed {
  public:
    explicit Removed(fs::path path) : path_(std::move(path)) {}

    Removed(const Removed&) = delete;
    Removed& operator=(const Removed&) = delete;

    ~Removed() { ::unlink(path_.c_str()); }

  private:
    fs::path path_;
};

/// Text or bytes that are wiped when the scope ends. They are sized once, so that no copy stays behind on the
/// heap.
template <class Container>
class Wiped {
  public:
    explicit Wiped(Container content) : content_(std::move(content)) {}

    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

    ~Wiped() { OPENSSL_cleanse(content_.data(), content_.size()); }

    Container& operator*() { return content_; }

    Container* operator->() { return &content_; }

  private:
    Container content_;
};

void require_private(const fs::path& path, const struct stat& status) {
    const auto fault = fault_of_private_file(status);
    if (!fault.empty()) fail(path, fault);
    if (std::cmp_greater(status.st_size, largest_file)) fail(path, "is too large for a key file");
}

/// Reads until `text` is full or the file ends.
void read_all(const fs::path& path, const FileDescriptor& file, std::string& text) {
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_with_errno(path, "cannot be read");
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
}

/// The key that a line `<key id> <base64url>` holds; nothing where it is malformed or the id is not that
/// key's.
std::optional<SealingKey> parse_key(const std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    auto decoded = base64url_decode(line.substr(space + 1));
    if (!decoded) return std::nullopt;
    Wiped<std::vector<std::uint8_t>> bytes{std::move(*decoded)};
    if (bytes->size() != SealingKey::size) return std::nullopt;
    SealingKey key{std::span<const std::uint8_t, SealingKey::size>{*bytes}};
    if (key.id() != line.substr(0, space)) return std::nullopt;
    return key;
}

std::string_view without_blanks_behind(const std::string_view line) {
    return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

std::vector<SealingKeyPtr> parse_keys(const fs::path& path, std::string_view text) {
    std::vector<SealingKeyPtr> keys;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = without_blanks_behind(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        if (line.empty() || line.starts_with('#')) continue;
        auto key = parse_key(line);
        if (!key)
            fail_as_lost(path, "line " + std::to_string(number) +
                                   " is not a key: expected `key_<16 hex digits> <32 bytes in base64url>`, "
                                   "the id being that key's");
        keys.push_back(std::make_shared<const SealingKey>(*key));
    }
    if (keys.empty()) fail_as_lost(path, "holds no key");
    return keys;
}

std::vector<SealingKeyPtr> read_keys(const fs::path& path) {
    // Non-blocking, so that a pipe in its place is refused and not waited for.
    const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file.is_open() && errno == ENOENT) fail_as_lost(path, "is not there");
    if (!file.is_open()) fail_with_errno(path, "cannot be opened");

    struct stat status {};

    if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be examined");
    require_private(path, status);
    Wiped<std::string> text{std::string(static_cast<std::size_t>(status.st_size), '\0')};
    read_all(path, file, *text);
    return parse_keys(path, *text);
}

std::string key_file_text(const std::vector<SealingKeyPtr>& keys) {
    std::string text;
    text.reserve(largest_file);
    text += file_header;
    for (const SealingKeyPtr& key : keys) {
        Wiped<std::string> encoded{base64url_encode(key->bytes())};
        text.append(key->id()).append(1, ' ').append(*encoded).append(1, '\n');
    }
    return text;
}

void write_all(const fs::path& path, const FileDescriptor& file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(file.get(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_with_errno(path, "cannot be written");
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

/// A new file next to the key file, not yet in its place.
fs::path draft_of(const fs::path& path) {
    fs::path draft = path;
    return draft += ".new";
}

/// Leaves the draft to those who may read the key file: an administrator may rotate the keys of a daemon that
/// is someone else.
void keep_owner(const fs::path& path, const FileDescriptor& draft) {
    struct stat former {};

    struct stat status {};

    if (::stat(path.c_str(), &former) != 0 || ::fstat(draft.get(), &status) != 0)
        fail_with_errno(path, "cannot be examined");
    const bool same = former.st_uid == status.st_uid && former.st_gid == status.st_gid;
    if (!same && ::fchown(draft.get(), former.st_uid, former.st_gid) != 0)
        fail_with_errno(path, "its owner cannot be kept");
    if (::fchmod(draft.get(), former.st_mode & (S_IRWXU | S_IRWXG)) != 0)
        fail_with_errno(path, "its permissions cannot be kept");
}

enum class Owner { self, former };

/// Writes the draft and forces it to disk. One that a crash left behind makes way.
void write_draft(const fs::path& path, const std::vector<SealingKeyPtr>& keys, const Owner owner) {
    const fs::path draft = draft_of(path);
    ::unlink(draft.c_str());
    const FileDescriptor file{
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    if (!file.is_open()) fail_with_errno(draft, "cannot be made");
    if (owner == Owner::former) keep_owner(path, file);
    Wiped<std::string> text{key_file_text(keys)};
    write_all(draft, file, *text);
    if (::fsync(file.get()) != 0) fail_with_errno(draft, "cannot be forced to disk");
}

/// Forces to disk which names the key file's folder holds.
void sync_folder_of(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
    const FileDescriptor file{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!file.is_open() || ::fsync(file.get()) != 0)
        fail_with_errno(path, "its folder cannot be forced to disk");
}

}  // namespace

Keyring::Keyring(fs::path path) : path_(std::move(path)), keys_(read_keys(path_)) {}

Keyring Keyring::create(const fs::path& path, const RandomSource& random) {
    const Removed draft{draft_of(path)};
    write_draft(path, {std::make_shared<const SealingKey>(SealingKey::generate(random))}, Owner::self);
    // Unlike rename(), link() never takes the place of a file that is there.
    if (::link(draft_of(path).c_str(), path.c_str()) != 0) fail_with_errno(path, "cannot be made");
    sync_folder_of(path);
    return Keyring{path};
}

SealingKeyPtr Keyring::find(const std::string_view key_id) {
    const std::lock_guard lock(mutex_);
    if (SealingKeyPtr key = remembered(key_id)) return key;
    keys_ = read_keys(path_);
    return remembered(key_id);
}

SealingKeyPtr Keyring::get(const std::string_view key_id) {
    if (SealingKeyPtr key = find(key_id)) return key;
    fail_as_lost(path_, "does not hold the key " + std::string(key_id) + " that the database is sealed with");
}

std::vector<SealingKeyPtr> Keyring::keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
}

void Keyring::replace(std::vector<SealingKeyPtr> keys) {
    if (keys.empty()) throw std::invalid_argument("a key file without a key");
    const std::lock_guard lock(mutex_);
    // The file itself, should the path be a link to it.
    std::error_code error;
    const fs::path target = fs::canonical(path_, error);
    if (error) fail(path_, "cannot be found: " + error.message());
    const Removed draft{draft_of(target)};
    write_draft(target, keys, Owner::former);
    if (::rename(draft_of(target).c_str(), target.c_str()) != 0) fail_with_errno(path_, "cannot be replaced");
    keys_ = std::move(keys);
    sync_folder_of(target);
}

SealingKeyPtr Keyring::remembered(const std::string_view key_id) const {
    const auto found = std::ranges::find(keys_, key_id, [](const SealingKeyPtr& key) { return key->id(); });
    return found == keys_.end() ? nullptr : *found;
}

}  // namespace gateway::storage
