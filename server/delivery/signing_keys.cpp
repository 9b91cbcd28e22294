#include "server/delivery/signing_keys.hpp"

#include "server/delivery/cannot_sign.hpp"
#include "storage/tables/apps.hpp"
#include "storage/values/thread_name.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <sys/resource.h>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

using SteadyClock = std::chrono::steady_clock;

// An opened key takes about 6 KB.
constexpr std::size_t most_keys = 2'000;
constexpr int niceness = 10;

/// Looks for apps take at most this part of a reader's time.
constexpr int share_of_looks = 50;

}  // namespace

SigningKeys::SigningKeys(const Parts& parts)
    : parts_(parts),
      recent_(most_keys, parts.kept_for),
      told_(&parts.log, "nothing can be signed for an app"),
      work_(asio::make_work_guard(context_)) {
    asio::co_spawn(context_, make_missing(),
                   [this](const std::exception_ptr& error) { note_failure(error); });
    thread_ = std::thread([this] {
        name_this_thread("key maker");
        ::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone, on Linux
        context_.run();
    });
}

SigningKeys::~SigningKeys() {  // NOLINT(bugprone-exception-escape): not without memory for one post()
    stop_.request_stop();
    asio::post(context_, [this] { pause_.cancel(); });
    work_.reset();
    thread_.join();
}

asio::awaitable<SigningKeyPtr> SigningKeys::key_of(std::string app_id) {
    auto known = recent_.find(app_id);
    if (!known) {
        known = co_await find(app_id);
        if (known->is_missing) {
            co_await asio::co_spawn(context_, make(app_id), asio::use_awaitable);
            known = co_await find(app_id);
        }
    }
    if (known->key) co_return known->key;
    if (known->is_missing) throw CannotSign("app " + app_id + " has no signing key yet");
    throw CannotSign(known->fault);
}

void SigningKeys::want(std::string app_id) {
    asio::post(context_, [this, app_id = std::move(app_id)]() mutable {
        if (being_made_.contains(app_id)) return;
        asio::co_spawn(context_, make(std::move(app_id)),
                       [this](const std::exception_ptr& error) { note_failure(error); });
    });
}

asio::awaitable<SigningKeys::Found> SigningKeys::find(std::string app_id) {
    const auto old = recent_.find_old(app_id);
    const auto age = recent_.age();
    auto look = [app_id, old_key = old ? old->key : nullptr,
                 &secrets = parts_.secrets](storage::Snapshot& snapshot) {
        const auto keys = storage::list_signing_keys(snapshot, app_id);
        const auto* const row = storage::signing_key_at(keys, snapshot.now());
        Found found;
        try {
            if (row == nullptr) {
                found.is_missing = storage::find_app(snapshot, app_id).has_value();
                if (!found.is_missing) found.fault = "there is no app " + app_id;
            } else if (!row->fault.empty()) {
                found.fault = row->fault;
            } else if (old_key && old_key->id() == row->id) {
                found.key = old_key;
            } else {
                found.key = open_signing_key(snapshot, *row, secrets);
            }
        } catch (const CannotSign& error) {
            found.fault = error.what();
        }
        return found;
    };
    auto found = co_await parts_.database.read(std::move(look), storage::Deadline::max());
    if (!found.is_missing) recent_.remember(app_id, found, age);
    if (!found.fault.empty()) told_.tell(found.fault);
    co_return found;
}

asio::awaitable<void> SigningKeys::make_missing() {
    while (!stop_.stop_requested()) {
        const auto begin = SteadyClock::now();
        bool made = false;
        SteadyClock::duration took{};
        try {
            const auto apps =
                co_await parts_.database.read(storage::apps_without_signing_key, storage::Deadline::max());
            took = SteadyClock::now() - begin;
            for (const auto& app_id : apps) {
                if (stop_.stop_requested()) co_return;
                co_await make(app_id);
                made = true;
            }
        } catch (...) {
            note_failure(std::current_exception());
            made = false;
        }
        if (made || stop_.stop_requested()) continue;
        pause_.expires_after(std::max<SteadyClock::duration>(parts_.pause, took * share_of_looks));
        co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

asio::awaitable<void> SigningKeys::make(std::string app_id) {
    const auto under_way = being_made_.find(app_id);
    auto making = under_way == being_made_.end() ? nullptr : under_way->second;
    if (making) {
        co_await making->over.async_wait(asio::as_tuple(asio::use_awaitable));
    } else {
        making = std::make_shared<Making>(asio::steady_timer(context_, SteadyClock::time_point::max()));
        being_made_.emplace(app_id, making);
        try {
            co_await make_unless_there(app_id);
        } catch (...) {
            making->failure = std::current_exception();
        }
        being_made_.erase(app_id);
        making->over.cancel();
    }
    if (making->failure) std::rethrow_exception(making->failure);
    failing_ = false;
}

asio::awaitable<void> SigningKeys::make_unless_there(const std::string& app_id) {
    auto is_missing = [app_id](storage::Snapshot& snapshot) {
        const auto keys = storage::list_signing_keys(snapshot, app_id);
        return storage::signing_key_at(keys, snapshot.now()) == nullptr;
    };
    const bool missing = co_await parts_.database.read(std::move(is_missing), storage::Deadline::max());
    if (!missing || stop_.stop_requested()) co_return;

    const auto key_id = parts_.ids.next("sigkey");
    auto add = [app_id, key_id, key = parts_.generate(stop_.get_token()),
                &secrets = parts_.secrets](storage::Transaction& transaction) {
        return add_first_signing_key(transaction, app_id, key_id, key, secrets);
    };
    const bool added = co_await parts_.database.write_in_background(std::move(add));
    if (added) parts_.log.info("signing key made", {{"app", app_id}, {"key", key_id}});
}

void SigningKeys::note_failure(const std::exception_ptr& error) {
    if (!error || failing_ || stop_.stop_requested()) return;
    failing_ = true;
    parts_.log.error("a signing key cannot be made; trying again", {{"reason", describe(error)}});
}

}  // namespace gateway::delivery
