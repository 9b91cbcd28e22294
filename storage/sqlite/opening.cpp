#include "storage/sqlite/opening.hpp"

#include "storage/sqlite/sqlite_write_session.hpp"

namespace gateway::storage {

Sessions open_sessions(const DatabaseFile& file, const DatabaseOptions& options, const Report& report) {
    ConnectionOptions connection{
        .path = file.path(), .synchronous = options.synchronous, .busy_timeout = options.busy_timeout};
    Sessions sessions;
    auto writing = std::make_unique<SqliteWriteSession>(file, connection, options.checkpoint_size,
                                                        options.checkpoints, report, options.observer);
    if (const auto* const progress = writing->checkpointing())
        sessions.workers.push_back({"checkpointer", progress});
    sessions.writing = std::move(writing);
    connection.read_only = true;
    for (std::size_t i = 0; i < options.readers; ++i)
        sessions.reading.push_back(std::make_unique<Connection>(connection));
    return sessions;
}

}  // namespace gateway::storage
