// Locks between the processes that share one database file, kept on a side file next to it,
// `<database>.lock`.
#pragma once

#include "storage/values/file_descriptor.hpp"

#include <chrono>
#include <filesystem>
#include <string_view>

namespace gateway::storage {

/// The open side file. Its locks belong to this object (open-file-description locks): they end with it, and
/// with the process however that ends. The file itself stays: removing it would let two holders in.
class SideLock {
  public:
    /// What can be locked.
    enum class Part : int {
        daemon = 0,  ///< held by `serve` and `migrate` for as long as they run: only one of them at a time
        writer_turn = 1,  ///< held by any other process while it writes; the daemon's writer waits for it
    };

    /// Opens `<database>.lock`, made 0600 if need be; root leaves it to the database's owner. Throws
    /// std::runtime_error.
    explicit SideLock(const std::filesystem::path& database);
    ~SideLock() = default;
    SideLock(const SideLock&) = delete;
    SideLock& operator=(const SideLock&) = delete;

    /// False when another holder has it. Throws std::system_error.
    [[nodiscard]] bool try_lock(Part part);

    /// As try_lock(), again and again until `timeout` is over.
    [[nodiscard]] bool lock(Part part, std::chrono::milliseconds timeout);

    void unlock(Part part) noexcept;

    /// Whether somebody else holds it now. Costs one system call and takes nothing.
    [[nodiscard]] bool held_elsewhere(Part part) const;

    /// Makes the side file hold this text, less than 512 bytes, on disk when it returns. Throws
    /// std::runtime_error.
    void write_note(std::string_view text) const;

  private:
    FileDescriptor file_;
};

}  // namespace gateway::storage
