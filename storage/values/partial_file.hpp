// A file that has its name only once it is whole.
#pragma once

#include <filesystem>

namespace gateway::storage {

/// Forces to disk which names the folder of a file holds. Throws std::runtime_error.
void sync_folder_of(const std::filesystem::path& file);

/// A new file beside its target, `<target>.partial`, for its owner alone (0600). A process that is killed
/// leaves it behind, and never a target that is not whole.
class PartialFile {
  public:
    /// Makes it, empty. Throws std::runtime_error, also where it is there already.
    explicit PartialFile(std::filesystem::path target);

    /// Removes it, unless it was published.
    ~PartialFile();
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Gives it the target's name, in the place of what has that; content and name are on disk when this
    /// returns. Throws std::runtime_error.
    void publish();

    /// Where the file of this target is until it is whole.
    [[nodiscard]] static std::filesystem::path path_of(const std::filesystem::path& target);

  private:
    std::filesystem::path target_;
    std::filesystem::path path_;
    bool is_published_ = false;
};

}  // namespace gateway::storage
