#include "storage/values/private_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>

namespace gateway::storage {

void make_folder_of(const std::filesystem::path& file) {
    const auto folder = std::filesystem::absolute(file).parent_path();
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) return;
    throw std::runtime_error("cannot make the folder " + folder.string() + ": " + error.message() +
                             "; make it, for this user to write, or choose another path");
}

int open_private_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor >= 0) return descriptor;
    throw std::runtime_error("cannot open " + file.string() + ": " + std::generic_category().message(errno) +
                             "; this user must be able to write it and its folder");
}

}  // namespace gateway::storage
