#include "storage/engine/database.hpp"

#include <string>

namespace gateway::storage {

Database::Database(Sessions sessions, const DatabaseOptions& options, const Clock& clock, Report report,
                   AfterCommit changed_by_others)
    : engine_workers_(std::move(sessions.workers)),
      writer_(std::move(sessions.writing),
              {.queue = options.write_queue,
               .background_queue = options.background_queue,
               .lock_timeout = options.busy_timeout,
               .observer = options.observer},
              clock, std::move(report), std::move(changed_by_others)),
      readers_(std::move(sessions.reading), options.read_queue, clock, options.observer) {}

std::size_t Database::waiting(const Queue queue) const {
    switch (queue) {
        case Queue::writes:
            return writer_.queue().length(JobClass::request);
        case Queue::background:
            return writer_.queue().length(JobClass::background);
        case Queue::reads:
            return readers_.queue().length(JobClass::request);
    }
    return 0;
}

std::vector<Worker> Database::workers() const {
    std::vector<Worker> all = engine_workers_;
    all.push_back({"writer", &writer_.progress(), writer_.longest_wait()});
    for (const auto& progress : readers_.progress())
        all.push_back({"reader " + std::to_string(&progress - readers_.progress().data() + 1), &progress});
    return all;
}

}  // namespace gateway::storage
