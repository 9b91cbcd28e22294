#include "server/command/file_limit.hpp"

#include "server/gateway/http_server.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace gateway::command {

namespace {

// What the daemon opens beside its connections: database, log, epoll, TLS handshakes, and room to turn
// clients away.
constexpr rlim_t own_files = 1'000 + HttpServer::max_handshakes;

}  // namespace

void raise_file_limit(const std::size_t connections, Log& log) {
    const rlim_t wanted = connections + own_files;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = wanted;
    limit.rlim_max = std::max(limit.rlim_max, wanted);  // more than the hard limit needs privileges
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    log.warning("the file limit is too low for server.max_connections; raise it (ulimit -n, LimitNOFILE=)",
                {{"was", before}, {"is", limit.rlim_cur}, {"wanted", wanted}});
}

}  // namespace gateway::command
