#include "server/health/watchdog.hpp"

#include "storage/values/quantity.hpp"
#include "storage/values/thread_name.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace gateway::health {

using std::chrono::steady_clock;

namespace {

/// How a thread gets on; it may be at one piece of work for so long.
std::string thread_trouble(const storage::Progress& progress, const Watchdog::Duration patience) {
    const auto since = progress.busy_since();
    if (!since) return {};
    const auto time = steady_clock::now() - *since;
    return time < patience ? std::string() : "no progress for " + in_seconds(time);
}

}  // namespace

Watchdog::Watchdog(Parts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
    stop();
}

void Watchdog::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Watchdog::run() {
    name_this_thread("watchdog");
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, parts_.limits.interval, [this] { return stopping_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

bool Watchdog::threads_make_progress() const {
    return std::ranges::all_of(look_at_threads(), &std::string::empty, &Finding::trouble);
}

void Watchdog::look() {
    auto found = look_at_threads();
    found.push_back({"disk", disk_trouble()});
    found.push_back({"deliveries", lag_trouble()});
    tell_changes(found);
    parts_.findings.replace(std::move(found));
}

std::vector<Finding> Watchdog::look_at_threads() const {
    std::vector<Finding> found;
    found.reserve(parts_.workers.size() + parts_.answering.size() + 2);
    for (const auto& [name, progress, allowance] : parts_.workers)
        found.push_back({name, thread_trouble(*progress, parts_.limits.patience + allowance)});
    for (const auto& [name, pulse] : parts_.answering) {
        pulse->ask();
        found.push_back({name, thread_trouble(pulse->progress(), parts_.limits.patience)});
    }
    return found;
}

std::string Watchdog::disk_trouble() const {
    const auto least = parts_.settings.min_free;
    if (least == 0) return {};
    std::error_code error;
    const auto space = std::filesystem::space(parts_.folder, error);
    if (error) return "its free space cannot be told: " + error.message();
    if (space.available >= least) return {};
    return free_in_mebibytes(space.available) + " are left, less than health.min_free (" +
           in_mebibytes(least) + ")";
}

std::string Watchdog::lag_trouble() const {
    const auto most = parts_.settings.max_lag;
    if (most.count() == 0) return {};
    const auto lag = parts_.lag();
    if (lag <= most) return {};
    return "one waits for " + in_seconds(lag) +
           " though its webhook is free to be called, longer than health.max_lag (" + in_seconds(most) + ")";
}

void Watchdog::tell_changes(const std::vector<Finding>& found) const {
    const auto before = parts_.findings.all();
    for (const auto& [part, trouble] : found) {
        const auto known = std::ranges::find(before, part, &Finding::part);
        const bool was_in_trouble = known != before.end() && !known->trouble.empty();
        if (!trouble.empty() && !was_in_trouble)
            parts_.log.error("not ready", {{"part", part}, {"reason", trouble}});
        if (trouble.empty() && was_in_trouble) parts_.log.info("well again", {{"part", part}});
    }
}

}  // namespace gateway::health
