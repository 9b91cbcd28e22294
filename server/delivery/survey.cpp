#include "server/delivery/survey.hpp"

#include "storage/values/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace gateway::delivery {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds spacing{5};
constexpr int share = 20;

}  // namespace

std::optional<Survey::Finding> Survey::ask() {
    asio::post(context_, [this] { begin(); });
    const std::lock_guard lock(mutex_);
    return last_;
}

void Survey::begin() {
    if (looking_ || steady_clock::now() < next_) return;
    looking_ = true;
    const auto start = steady_clock::now();
    const auto end = [this, start](const std::exception_ptr& fault) {
        const auto now = steady_clock::now();
        next_ = now + std::max<steady_clock::duration>(spacing, (now - start) * (share - 1));
        looking_ = false;
        if (fault) report_(storage::Severity::warning, "what is due cannot be counted: " + describe(fault));
    };
    asio::co_spawn(context_, look(), end);
}

asio::awaitable<void> Survey::look() {
    constexpr auto nobody_waits = storage::Deadline::max();
    Finding finding;
    finding.pages = co_await database_.read(storage::file_pages, nobody_waits);
    while (!finding.backlog.ended) {
        const auto go_on = [so_far = finding.backlog](storage::Snapshot& snapshot) {
            return storage::find_backlog(snapshot, so_far);
        };
        finding.backlog = co_await database_.read(go_on, nobody_waits);
    }
    const std::lock_guard lock(mutex_);
    last_ = finding;
}

}  // namespace gateway::delivery
