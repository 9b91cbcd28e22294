#include "server/delivery/notifier.hpp"

#include "server/delivery/backoff.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr double no_jitter = 0.5;  // there is one operator
constexpr unsigned success_class = 2;

std::string body_of(const storage::Deactivation& deactivation) {
    return boost::json::serialize(boost::json::object{{"type", "webhook.deactivated"},
                                                      {"app_id", deactivation.app_id},
                                                      {"webhook_id", deactivation.webhook_id},
                                                      {"because", deactivation.because},
                                                      {"failures", deactivation.failures},
                                                      {"failing_since", deactivation.failing_since},
                                                      {"deactivated_at", deactivation.deactivated_at}});
}

}  // namespace

void Notifier::wake() {
    if (parts_.url.empty() || stopping_) return;
    awake_ = true;
    if (!std::exchange(running_, true)) asio::co_spawn(parts_.context, run(), asio::detached);
}

void Notifier::apply(const std::string& url) {
    if (url == parts_.url) return;
    parts_.url = url;
    pause_.cancel();
    wake();
}

void Notifier::stop() {
    stopping_ = true;
    pause_.cancel();
}

asio::awaitable<void> Notifier::run() {
    int failures = 0;
    while (std::exchange(awake_, false)) {
        std::string fault;
        try {
            bool more = true;
            while (more && !stopping_) {
                more = co_await tell_next();
                failures = 0;
            }
        } catch (const std::exception& error) {
            fault = error.what();
        }
        if (fault.empty() || stopping_) continue;
        const Backoff backoff{parts_.settings.first_retry, parts_.settings.longest_retry};
        const auto delay = retry_delay(backoff, ++failures, no_jitter);
        parts_.log.warning("the operator cannot be told at operator.notify_url",
                           {{"reason", fault}, {"again_in_s", delay.count() / 1000}});
        pause_.expires_after(delay);
        awake_ = true;
        co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    running_ = false;
}

asio::awaitable<bool> Notifier::tell_next() {
    auto untold = co_await parts_.database.read(storage::find_untold_deactivation, storage::Deadline::max());
    if (!untold) co_return false;
    const auto fault = co_await send(*untold);
    if (!fault.empty()) throw std::runtime_error(fault);
    const auto mark = [told = *std::move(untold)](storage::Transaction& transaction) {
        storage::mark_told(transaction, told);
        return true;
    };
    co_return co_await parts_.database.write_in_background(mark);
}

asio::awaitable<std::string> Notifier::send(const storage::Deactivation& deactivation) {
    const auto body = body_of(deactivation);
    const auto key = co_await parts_.keys.key_of(deactivation.app_id);
    const auto signature = co_await parts_.signers.sign(key, body, Urgency::patient);
    outgoing::OutgoingRequest request{.verb = outgoing::http::verb::post,
                                      .url = parts_.url,
                                      .headers = {{"Content-Type", "application/json"},
                                                  {"X-Webhook-Signature", signature},
                                                  {"X-Webhook-Signature-Key-Id", key->id()}},
                                      .body = body,
                                      .tenant = "operator"};
    const auto deadline = std::chrono::steady_clock::now() + parts_.settings.timeout;
    const auto answer = co_await parts_.client.send(std::move(request), deadline);
    if (answer.has_error())
        co_return std::string(to_string(answer.error().failure)) + ": " + answer.error().detail;
    if (answer->status / 100 == success_class) co_return std::string();
    co_return "it answered " + std::to_string(answer->status);
}

}  // namespace gateway::delivery
