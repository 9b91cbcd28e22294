#include "storage/sqlite/side_lock.hpp"

#include "storage/values/private_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace gateway::storage {

namespace {

struct flock range_of(const SideLock::Part part, const short type) {
    struct flock range {};

    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(part);
    range.l_len = 1;
    return range;
}

}  // namespace

SideLock::SideLock(const std::filesystem::path& database)
    : file_(open_private_file(database.string() + ".lock")) {
    struct stat status {};

    // Made by an administrator it would keep the database's own user out.
    if (::geteuid() == 0 && ::stat(database.c_str(), &status) == 0)
        static_cast<void>(::fchown(file_.get(), status.st_uid, status.st_gid));
}

bool SideLock::try_lock(const Part part) {
    auto range = range_of(part, F_WRLCK);
    if (::fcntl(file_.get(), F_OFD_SETLK, &range) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw std::system_error(errno, std::generic_category(), "cannot lock the database's side file");
}

bool SideLock::lock(const Part part, const std::chrono::milliseconds timeout) {
    // The kernel's waiting lock knows no time-out.
    constexpr auto pause = std::chrono::milliseconds(2);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!try_lock(part)) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

void SideLock::unlock(const Part part) noexcept {
    auto range = range_of(part, F_UNLCK);
    ::fcntl(file_.get(), F_OFD_SETLK, &range);
}

bool SideLock::held_elsewhere(const Part part) const {
    auto range = range_of(part, F_WRLCK);
    if (::fcntl(file_.get(), F_OFD_GETLK, &range) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot examine the database's side file");
    }
    return range.l_type != F_UNLCK;
}

void SideLock::write_note(const std::string_view text) const {
    const auto size = static_cast<ssize_t>(text.size());
    const bool done = ::pwrite(file_.get(), text.data(), text.size(), 0) == size &&
                      ::ftruncate(file_.get(), size) == 0 && ::fsync(file_.get()) == 0;
    if (!done)
        throw std::system_error(errno, std::generic_category(), "cannot write the database's side file");
}

}  // namespace gateway::storage
