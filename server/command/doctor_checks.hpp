// What `doctor` looks at: each check tells what it found and, where that is not well, what to do.
#pragma once

#include "server/settings/settings.hpp"
#include "storage/command_database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::command {

enum class Verdict { ok, warning, error };

struct Diagnosis {
    std::string_view check;
    Verdict verdict = Verdict::ok;
    std::string text;  ///< one sentence; of a warning or an error with what to do
};

using Diagnoses = std::vector<Diagnosis>;

// Of the files (doctor_files.cpp). The database's own checks need one that opens.

Diagnoses check_permissions(const Settings& settings);
Diagnosis check_space(const Settings& settings);
/// Warns of one that other machines share.
Diagnosis check_file_system(const Settings& settings);
/// Whether the key file holds the key in use, and opens the first thousand secrets of each kind.
Diagnosis check_key(const Settings& settings, storage::CommandDatabase& database);
Diagnosis check_backups(const Settings& settings, const storage::CommandDatabase& database);

// Of the machine (doctor_machine.cpp).

/// Against the newest event. A daemon that finds a clock that is wrong judges no ages.
Diagnosis check_clock(storage::CommandDatabase& database, const Clock& clock);
Diagnosis check_authorities(const Settings& settings);
/// Looks up the host of a receiver, for five seconds at most.
Diagnosis check_resolver(storage::CommandDatabase& database);
/// Of the listener: whether it can be used with its key, and for how long yet.
Diagnosis check_certificate(const Settings& settings);
Diagnosis check_file_limit(const Settings& settings);
Diagnosis check_memory(const Settings& settings);

}  // namespace gateway::command
