// What `doctor` looks at: each check tells what it found and, where that is not well, what to do.
#pragma once

#include "server/settings/settings.hpp"
#include "storage/command_database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::command {

enum class Health { ok, warning, error };

struct Finding {
    std::string_view check;
    Health health = Health::ok;
    std::string text;  ///< one sentence; of a warning or an error with what to do
};

using Findings = std::vector<Finding>;

// Of the files (doctor_files.cpp). The database's own checks need one that opens.

Findings check_permissions(const Settings& settings);
Finding check_space(const Settings& settings);
/// Warns of one that other machines share.
Finding check_file_system(const Settings& settings);
/// Whether the key file holds the key in use, and opens the first thousand secrets of each kind.
Finding check_key(const Settings& settings, storage::CommandDatabase& database);
Finding check_backups(const Settings& settings, const storage::CommandDatabase& database);

// Of the machine (doctor_machine.cpp).

/// Against the newest event. A daemon that finds a clock that is wrong judges no ages.
Finding check_clock(storage::CommandDatabase& database, const Clock& clock);
Finding check_authorities(const Settings& settings);
/// Looks up the host of a receiver, for five seconds at most.
Finding check_resolver(storage::CommandDatabase& database);
/// Of the listener: whether it can be used with its key, and for how long yet.
Finding check_certificate(const Settings& settings);
Finding check_file_limit(const Settings& settings);
Finding check_memory(const Settings& settings);

}  // namespace gateway::command
