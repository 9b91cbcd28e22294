// A folder of a test's own.
#pragma once

#include <filesystem>

namespace gateway::test {

/// Made empty, with a name that no other test has, and removed with all that is in it.
class TemporaryFolder {
  public:
    /// Throws std::system_error.
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// Absolute.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace gateway::test
