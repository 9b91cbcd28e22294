// A file beside the database in which the daemon tells what came of its last reload.
#pragma once

#include "storage/values/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gateway::command {

struct ReloadOutcome {
    std::uint64_t number = 0;            ///< of reloads since the start of the daemon; 0: there was none
    std::vector<std::string> changed{};  ///< keys of settings
    std::vector<std::string> needs_restart{};  ///< keys that differ, and stay as they were
    std::string error{};                       ///< why nothing has changed; empty: it was taken over

    friend bool operator==(const ReloadOutcome&, const ReloadOutcome&) = default;
};

/// The daemon's: `<database>.reload`, 0600, locked and there for as long as this lives.
class ReloadFile {
  public:
    /// Throws std::runtime_error.
    explicit ReloadFile(const std::filesystem::path& database);
    ~ReloadFile();
    ReloadFile(const ReloadFile&) = delete;
    ReloadFile& operator=(const ReloadFile&) = delete;

    /// Throws std::system_error.
    void write(const ReloadOutcome& outcome) const;

  private:
    std::filesystem::path path_;
    storage::FileDescriptor file_;
};

/// A daemon that serves, as its file tells.
struct ServingDaemon {
    pid_t process = 0;
    /// Nothing while it is being written.
    std::optional<ReloadOutcome> outcome;
};

/// Nothing where none serves this database. Throws std::system_error where its file cannot be read.
std::optional<ServingDaemon> find_daemon(const std::filesystem::path& database);

}  // namespace gateway::command
