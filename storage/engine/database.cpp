#include "storage/engine/database.hpp"

namespace gateway::storage {

namespace {

ConnectionOptions connection_options(const DatabaseOptions& options, const bool read_only) {
    return {.path = options.path,
            .read_only = read_only,
            .synchronous = options.synchronous,
            .busy_timeout = options.busy_timeout};
}

}  // namespace

Database::Database(const DatabaseOptions& options, const Clock& clock, Report report)
    : writer_(connection_options(options, false),
              {.queue = options.write_queue,
               .background_queue = options.background_queue,
               .checkpoint_size = options.checkpoint_size,
               .lock_timeout = options.busy_timeout},
              options.path, clock, std::move(report)),
      readers_(connection_options(options, true), options.readers, options.read_queue, clock) {}

}  // namespace gateway::storage
