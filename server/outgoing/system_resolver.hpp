// Blocking look-ups on threads of their own.
#pragma once

#include "server/outgoing/resolver.hpp"
#include "server/outgoing/system_lookup.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace gateway::outgoing {

/// A look-up that blocks its thread until it has an answer, however long that takes. Called from several
/// threads at once.
using BlockingLookup = std::function<OutgoingResult<Addresses>(const std::string& host)>;

/// How much the look-ups may take.
struct ResolverLimits {
    /// Look-ups at once, at least 1. A name whose server never answers holds one thread until the system's
    /// resolver gives up (by default 5 s for each server and attempt of resolv.conf), so there are more of
    /// them than the work would need; an idle one costs some 10 KB.
    std::size_t threads = 16;
    /// Names that wait for a thread, at least 1.
    std::size_t queue = 256;
    /// Threads that one tenant's look-ups may hold, and places in the queue that they may take, at least 1:
    /// no more than a quarter, so that the silent names of one leave the others theirs.
    std::size_t threads_of_one = 4;
    std::size_t queue_of_one = 64;
};

/// Runs blocking look-ups on threads of its own: Asio's resolver has one thread for each io_context and
/// cannot be cancelled, so that one silent name server would hold up all names and the shutdown.
///
/// A look-up that passes its deadline is answered at once, while its thread goes on until the system lets go,
/// and counts against its tenant until then.
/// Callers that ask for the same name at the same time share one look-up, so a silent name holds one thread
/// and not one for each attempt. A look-up that no thread has begun when its last caller leaves is dropped.
///
/// Any thread may call resolve(), and is answered on the executor of its coroutine, which has to run one
/// handler at a time (an io_context with one thread, or a strand). An io_context must not be
/// destroyed while a caller on it may be answered: the io_contexts outlive this object.
class SystemResolver final : public Resolver {
  public:
    /// Throws std::invalid_argument for a limit of 0, and std::system_error where the threads cannot be had.
    explicit SystemResolver(ResolverLimits limits = {}, BlockingLookup look_up = system_lookup);

    /// Answers the look-ups that still run with `cancelled` and does not wait for them: a thread that is
    /// stuck is left to end by itself, and keeps alive what it needs for that, `look_up` included.
    ~SystemResolver() override;  // NOLINT(bugprone-exception-escape): see there

    SystemResolver(const SystemResolver&) = delete;
    SystemResolver& operator=(const SystemResolver&) = delete;

    /// Also answers `overloaded` at once where the queue, or the tenant's part of it, is full, and
    /// `cancelled` where the coroutine is cancelled.
    asio::awaitable<OutgoingResult<Addresses>> resolve(LookUp look_up, Deadline deadline) override;

  private:
    class Pool;
    class Seat;
    struct Waiter;

    std::shared_ptr<Pool> pool_;  // shared with its threads, which may outlive the resolver
};

}  // namespace gateway::outgoing
