#include "storage/values/partial_file.hpp"

#include "storage/values/file_descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& what, const int error) {
    throw std::runtime_error(file.string() + ": " + what + ": " + std::generic_category().message(error));
}

}  // namespace

void sync_folder_of(const fs::path& file) {
    const auto folder = fs::absolute(file).parent_path();
    const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open() || ::fsync(descriptor.get()) != 0)
        fail(file, "its folder cannot be forced to disk", errno);
}

fs::path PartialFile::path_of(const fs::path& target) {
    return target.string() + ".partial";
}

PartialFile::PartialFile(fs::path target) : target_(std::move(target)), path_(path_of(target_)) {
    constexpr mode_t owner_alone = 0600;
    const FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, owner_alone));
    if (file.is_open()) return;
    if (errno != EEXIST) fail(path_, "it cannot be made", errno);
    throw std::runtime_error(
        path_.string() +
        ": it is there already: somebody is writing it, or was stopped while writing it; "
        "remove it if nobody is");
}

PartialFile::~PartialFile() {
    if (!is_published_) ::unlink(path_.c_str());
}

void PartialFile::publish() {
    const FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.get()) != 0) fail(path_, "it cannot be forced to disk", errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, "it cannot be put in its place", errno);
    is_published_ = true;
    sync_folder_of(target_);
}

}  // namespace gateway::storage
