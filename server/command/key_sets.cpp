#include "server/command/key_sets.hpp"

#include "server/text/quote.hpp"
#include "storage/tables/apps.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace gateway::command {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t most_apps = 100;
constexpr std::chrono::seconds fetch_pause{1};
constexpr std::chrono::seconds fetch_time{3};

}  // namespace

KeySets::KeySets(asio::io_context& context, std::string gateway)
    : gateway_(std::move(gateway)),
      client_(context, {anywhere_, resolver_, tls_}),
      executor_(context.get_executor()) {
    while (gateway_.ends_with('/'))
        gateway_.pop_back();
}

asio::awaitable<KeySets::Found> KeySets::find(const std::string app_id, const std::string key_id) {
    if (!storage::is_app_id(app_id)) co_return Found{{}, "app_id: found " + quote(app_id)};
    if (apps_.size() >= most_apps && !apps_.contains(app_id))
        co_return Found{{}, "the keys of " + std::to_string(most_apps) + " apps are remembered, no more"};
    App& app = apps_.try_emplace(app_id, executor_).first->second;
    const auto url = gateway_ + "/v2/session/apps/" + app_id + "/.well-known/jwks.json";
    if (!app.keys.contains(key_id)) co_await refresh(app, url);
    const auto key = app.keys.find(key_id);
    if (key != app.keys.end()) co_return Found{key->second, {}};
    if (!app.fault.empty()) co_return Found{{}, url + ": " + app.fault};
    co_return Found{{}, "X-Webhook-Signature-Key-Id: found " + quote(key_id) + ", and no such key at " + url};
}

asio::awaitable<void> KeySets::refresh(App& app, const std::string url) {
    if (app.under_way) {
        co_await app.fetched.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return;
    }
    const auto now = steady_clock::now();
    if (app.asked_at != steady_clock::time_point() && now - app.asked_at < fetch_pause) co_return;
    app.asked_at = now;
    app.under_way = true;
    outgoing::OutgoingRequest request;
    request.url = url;
    const auto response = co_await client_.send(std::move(request), now + fetch_time);
    app.under_way = false;
    app.fetched.cancel();
    try {
        if (response.has_error())
            throw std::invalid_argument(std::string(to_string(response.error().failure)) + ": " +
                                        response.error().detail);
        if (response->status != 200)
            throw std::invalid_argument("answered " + std::to_string(response->status));
        app.keys = read_key_set(response->body);
        app.fault.clear();
    } catch (const std::invalid_argument& error) {
        app.fault = error.what();
    }
}

}  // namespace gateway::command
