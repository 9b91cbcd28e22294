#include "server/outgoing/system_resolver.hpp"

#include "storage/values/thread_name.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::outgoing {

// A caller that waits. It sleeps on its timer, which only its own executor touches.
struct SystemResolver::Waiter {
    Waiter(const asio::any_io_executor& executor, const Deadline deadline, LookUp wanted)
        : timer(executor, deadline), look_up(std::move(wanted)) {}

    asio::steady_timer timer;
    const LookUp look_up;
    std::optional<OutgoingResult<Addresses>> outcome;  // under the pool's mutex
};

// The queue and its threads. A look-up is in `lookups_` from its first caller to its answer, and in `queue_`
// as well until a thread takes it.
class SystemResolver::Pool : public std::enable_shared_from_this<Pool> {
  public:
    Pool(const ResolverLimits limits, BlockingLookup look_up)
        : limits_(limits), look_up_(std::move(look_up)) {}

    void start();
    void stop();

    // False where the queue is full. Whoever is let in leaves.
    bool enter(const std::shared_ptr<Waiter>& waiter);
    void leave(const std::shared_ptr<Waiter>& waiter);
    std::optional<OutgoingResult<Addresses>> outcome(const Waiter& waiter);

  private:
    struct Worker {
        bool busy = false;  // under mutex_
        std::thread thread;
    };

    using Waiters = std::vector<std::shared_ptr<Waiter>>;

    // A look-up that can begin.
    struct Next {
        std::deque<std::string>::iterator place;
        std::string tenant;  // who is to have it counted
    };

    void work(Worker& worker);
    // Under mutex_:
    bool has_room(const std::string& tenant);
    std::optional<Next> next();

    OutgoingResult<Addresses> look_up(const std::string& host) const;
    static void answer(const Waiters& waiters, const OutgoingResult<Addresses>& outcome);

    const ResolverLimits limits_;
    const BlockingLookup look_up_;
    std::list<Worker> workers_;  // a list: each thread refers to its own

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;                       // all of these under mutex_
    std::map<std::string, Waiters> lookups_;      // by name
    std::deque<std::string> queue_;               // names
    std::map<std::string, std::size_t> running_;  // look-ups of a tenant that hold a thread
};

void SystemResolver::Pool::start() {
    try {
        for (std::size_t i = 0; i < limits_.threads; ++i) {
            Worker& worker = workers_.emplace_back();
            worker.thread = std::thread([self = shared_from_this(), &worker] {
                name_this_thread("resolver");
                self->work(worker);
            });
        }
    } catch (...) {
        stop();
        throw;
    }
}

// Nobody is answered after this, so that no thread which ends late touches an io_context.
void SystemResolver::Pool::stop() {
    std::vector<std::thread> idle;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        queue_.clear();
        for (const auto& [host, waiters] : std::exchange(lookups_, {})) {
            answer(waiters, OutgoingError{OutgoingFailure::cancelled, host + ": the resolver is stopping"});
        }
        for (Worker& worker : workers_) {
            if (worker.busy) worker.thread.detach();
            if (worker.thread.joinable()) idle.push_back(std::move(worker.thread));
        }
    }
    wake_.notify_all();
    for (std::thread& thread : idle) {
        thread.join();
    }
}

bool SystemResolver::Pool::enter(const std::shared_ptr<Waiter>& waiter) {
    const auto& [host, tenant] = waiter->look_up;
    const std::lock_guard lock(mutex_);
    if (!lookups_.contains(host)) {
        if (!has_room(tenant)) return false;
        queue_.push_back(host);
    }
    lookups_[host].push_back(waiter);
    wake_.notify_one();  // also for a name that waits already: this tenant may have a thread to spare
    return true;
}

// A name counts for the first of those that wait for it.
bool SystemResolver::Pool::has_room(const std::string& tenant) {
    const auto is_of_tenant = [&](const std::string& host) {
        return lookups_.at(host).front()->look_up.tenant == tenant;
    };
    const auto waiting = static_cast<std::size_t>(std::ranges::count_if(queue_, is_of_tenant));
    return queue_.size() < limits_.queue && waiting < limits_.queue_of_one;
}

// The oldest name that somebody with a thread to spare waits for.
std::optional<SystemResolver::Pool::Next> SystemResolver::Pool::next() {
    for (auto place = queue_.begin(); place != queue_.end(); ++place) {
        for (const auto& waiter : lookups_.at(*place)) {
            const auto& tenant = waiter->look_up.tenant;
            const auto running = running_.find(tenant);
            if (running == running_.end() || running->second < limits_.threads_of_one)
                return Next{place, tenant};
        }
    }
    return std::nullopt;
}

void SystemResolver::Pool::leave(const std::shared_ptr<Waiter>& waiter) {
    const auto& host = waiter->look_up.host;
    const std::lock_guard lock(mutex_);
    const auto lookup = lookups_.find(host);
    if (lookup == lookups_.end()) return;
    std::erase(lookup->second, waiter);
    if (lookup->second.empty() && std::erase(queue_, host) > 0) lookups_.erase(lookup);
}

std::optional<OutgoingResult<Addresses>> SystemResolver::Pool::outcome(const Waiter& waiter) {
    const std::lock_guard lock(mutex_);
    return waiter.outcome;
}

void SystemResolver::Pool::work(Worker& worker) {
    std::unique_lock lock(mutex_);
    std::optional<Next> begun;
    while (true) {
        wake_.wait(lock, [&] { return stopping_ || (begun = next()).has_value(); });
        if (stopping_) return;
        const std::string host = std::move(*begun->place);
        queue_.erase(begun->place);
        ++running_[begun->tenant];
        worker.busy = true;
        lock.unlock();
        const OutgoingResult<Addresses> found = look_up(host);
        lock.lock();
        worker.busy = false;
        const auto running = running_.find(begun->tenant);
        if (--running->second == 0) running_.erase(running);
        // Under the lock to the end, or this thread could be the last to hold a waiter and destroy its timer.
        if (const auto lookup = lookups_.extract(host)) answer(lookup.mapped(), found);
    }
}

OutgoingResult<Addresses> SystemResolver::Pool::look_up(const std::string& host) const {
    try {
        return look_up_(host);
    } catch (const std::exception& error) {
        return OutgoingError{OutgoingFailure::dns, host + ": " + error.what()};
    }
}

void SystemResolver::Pool::answer(const Waiters& waiters, const OutgoingResult<Addresses>& outcome) {
    for (const std::shared_ptr<Waiter>& waiter : waiters) {
        waiter->outcome = outcome;
        asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
    }
}

// A caller's place in the pool, given up when its coroutine ends, in whichever way.
class SystemResolver::Seat {
  public:
    Seat(std::shared_ptr<Pool> pool, std::shared_ptr<Waiter> waiter)
        : pool_(std::move(pool)), waiter_(std::move(waiter)), taken_(pool_->enter(waiter_)) {}

    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    ~Seat() {
        if (taken_) pool_->leave(waiter_);
    }

    [[nodiscard]] bool taken() const { return taken_; }

    [[nodiscard]] std::optional<OutgoingResult<Addresses>> outcome() const {
        return pool_->outcome(*waiter_);
    }

  private:
    std::shared_ptr<Pool> pool_;
    std::shared_ptr<Waiter> waiter_;
    bool taken_;
};

SystemResolver::SystemResolver(const ResolverLimits limits, BlockingLookup look_up) {
    if (limits.threads == 0) throw std::invalid_argument("the resolver needs at least 1 thread");
    if (limits.queue == 0) throw std::invalid_argument("the resolver's queue needs at least 1 place");
    if (limits.threads_of_one == 0 || limits.queue_of_one == 0)
        throw std::invalid_argument("a share of the resolver is at least 1");
    pool_ = std::make_shared<Pool>(limits, std::move(look_up));
    pool_->start();
}

// Only want of memory could throw here, and then ending the process is right.
SystemResolver::~SystemResolver() {  // NOLINT(bugprone-exception-escape)
    pool_->stop();
}

// After the wait the resolver itself may be gone; the seat keeps the pool.
asio::awaitable<OutgoingResult<Addresses>> SystemResolver::resolve(LookUp look_up, const Deadline deadline) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const std::string host = look_up.host;
    const auto waiter = std::make_shared<Waiter>(executor, deadline, std::move(look_up));
    const Seat seat(pool_, waiter);
    if (!seat.taken()) {
        co_return OutgoingError{OutgoingFailure::overloaded, host + ": the queue of look-ups is full"};
    }

    boost::system::error_code woken;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));

    if (const auto outcome = seat.outcome()) co_return *outcome;
    if (woken) co_return OutgoingError{OutgoingFailure::cancelled, host + ": the look-up was given up"};
    co_return OutgoingError{OutgoingFailure::timeout, host + ": no answer to the look-up in time"};
}

}  // namespace gateway::outgoing
