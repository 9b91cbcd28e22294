#include "storage/values/private_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

std::string user(const uid_t id) {
    return "user " + std::to_string(id);
}

/// What this user lacks for a file that it may not open.
std::string advice_on_rights(const fs::path& file) {
    const uid_t self = ::geteuid();

    struct stat status {};

    if (::stat(file.c_str(), &status) != 0)
        return "this user (" + std::to_string(self) + ") must be able to make files in its folder";
    if (status.st_uid == self) return "its owner must be able to read and write it (chmod u+rw)";
    return "it belongs to " + user(status.st_uid) + " and this is " + user(self) + ": `chown " +
           std::to_string(self) + ' ' + file.string() + "` gives it to this one";
}

std::string advice(const int error, const fs::path& file) {
    switch (error) {
        case EACCES:
        case EPERM:
            return advice_on_rights(file);
        case ENOSPC:
        case EDQUOT:
            return "make room on its disk";
        case ENOTDIR:
            return "make it a folder that this user can write, or choose another path";
        case EROFS:
            return "it must be on a file system that can be written";
        default:
            return "choose another path, or make this one a file that this user can write";
    }
}

[[noreturn]] void fail(const std::string& what, const fs::path& file, const int error) {
    throw std::runtime_error(what + file.string() + ": " + std::generic_category().message(error) + "; " +
                             advice(error, file));
}

std::string octal(const mode_t mode) {
    std::string text = "0000";
    for (std::size_t at = 1; at < text.size(); ++at)
        text[at] = static_cast<char>('0' + (mode >> (9 - 3 * at) & 7));
    return text;
}

bool is_own_group(const gid_t group) {
    if (group == ::getegid()) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    return std::find(groups.begin(), groups.begin() + std::max(0, count), group) !=
           groups.begin() + std::max(0, count);
}

}  // namespace

void make_folder_of(const fs::path& file) {
    const auto folder = fs::absolute(file).parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail("cannot make the folder ", folder, error.value());
}

int open_private_file(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail("cannot open ", file, errno);
    return descriptor;
}

std::vector<std::string> exposures_of(const fs::path& file) {
    std::vector<std::string> exposures;
    const auto folder = fs::absolute(file).parent_path();

    struct stat status {};

    if (::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0) {
        exposures.push_back("everybody may write to the folder of " + file.string() +
                            " (its permissions are " + octal(status.st_mode) +
                            ") and put another file in its place: chmod o-w " + folder.string());
    }
    if (::stat(file.c_str(), &status) != 0) return exposures;
    if ((status.st_mode & S_IRWXO) != 0) {
        exposures.push_back("everybody may read or write " + file.string() + " (its permissions are " +
                            octal(status.st_mode) + "): chmod o= " + file.string());
    }
    // Root may everything anyhow.
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        exposures.push_back(file.string() + " belongs to " + user(status.st_uid) + " and this is " +
                            user(::geteuid()) + ": its owner can read and change it");
    }
    if (status.st_nlink > 1) {
        exposures.push_back(
            file.string() + " has " + std::to_string(status.st_nlink) +
            " names (hard links): opened by another than this one it would break; remove the others");
    }
    return exposures;
}

std::string fault_of_private_file(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return "is not a plain file";
    const mode_t closed = is_own_group(status.st_gid) ? S_IRWXO : S_IRWXG | S_IRWXO;
    if ((status.st_mode & closed) == 0) return {};
    return "its permissions " + octal(status.st_mode) +
           " are too open: only its owner and the group of this process may have access (chmod 600)";
}

}  // namespace gateway::storage
