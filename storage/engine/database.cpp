#include "storage/engine/database.hpp"

namespace gateway::storage {

Database::Database(Sessions sessions, const DatabaseOptions& options, const Clock& clock, Report report,
                   AfterCommit changed_by_others)
    : writer_(std::move(sessions.writing),
              {.queue = options.write_queue,
               .background_queue = options.background_queue,
               .lock_timeout = options.busy_timeout},
              clock, std::move(report), std::move(changed_by_others)),
      readers_(std::move(sessions.reading), options.read_queue, clock) {}

}  // namespace gateway::storage
