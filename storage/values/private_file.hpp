// The files of the gateway: for their owner alone, and with an error that says what to do.
#pragma once

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace gateway::storage {

/// Makes the folder that a file is to be in, and those above it, where they are missing. Throws
/// std::runtime_error.
void make_folder_of(const std::filesystem::path& file);

/// A descriptor for reading and writing of a file that is made, 0600, if need be. Throws std::runtime_error.
[[nodiscard]] int open_private_file(const std::filesystem::path& file);

/// Who can get at the file beside this user and root, a sentence for each way. Of the group nothing is said:
/// it is how people share.
[[nodiscard]] std::vector<std::string> exposures_of(const std::filesystem::path& file);

/// What makes a file unfit for a key, in words that follow its name: it is no plain file, or others than its
/// owner and a group of this process may read or write it. Empty where all is well.
[[nodiscard]] std::string fault_of_private_file(const struct stat& status);

}  // namespace gateway::storage
