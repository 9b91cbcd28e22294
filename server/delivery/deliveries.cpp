#include "server/delivery/deliveries.hpp"

#include "storage/values/thread_name.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace gateway::delivery {

namespace {

outgoing::ClientOptions client_options(const Deliveries::Parts& parts) {
    outgoing::ClientOptions options{.user_agent = parts.user_agent};
    // As many as may be in use at once: each receiver is called again and again.
    options.pool.total = 4 * parts.settings.in_flight;
    options.pool.per_origin = parts.settings.in_flight;
    return options;
}

}  // namespace

Deliveries::Deliveries(Parts parts)
    : parts_(std::move(parts)),
      settings_(parts_.settings),
      signers_(settings_.signers),
      work_(boost::asio::make_work_guard(context_)),
      client_(context_, parts_.http_client, client_options(parts_)),
      notifier_({.context = context_,
                 .client = client_,
                 .database = parts_.database,
                 .keys = parts_.keys,
                 .signers = signers_,
                 .settings = settings_,
                 .url = parts_.notify_url,
                 .log = parts_.log}),
      dispatcher_({.context = context_,
                   .client = client_,
                   .database = parts_.database,
                   .keys = parts_.keys,
                   .secrets = parts_.secrets,
                   .signers = signers_,
                   .feed = parts_.feed,
                   .notifier = notifier_,
                   .ids = parts_.ids,
                   .settings = settings_,
                   .clock = parts_.clock,
                   .steady = parts_.steady,
                   .random = parts_.random,
                   .metrics = parts_.metrics,
                   .log = parts_.log}),
      thread_([this] {
          name_this_thread("dispatcher");
          context_.run();
          ended_.set_value();
      }) {
    boost::asio::post(context_, [this] {
        dispatcher_.start();
        notifier_.wake();
    });
}

Deliveries::~Deliveries() {  // NOLINT(bugprone-exception-escape): not without memory for one post()
    stop(std::chrono::hours(1));
    thread_.join();
}

void Deliveries::apply(const DeliverySettings& settings, const std::string& notify_url,
                       const outgoing::EgressPolicy& policy) {
    boost::asio::post(context_, [this, settings, notify_url, policy] {
        settings_ = settings;
        client_.apply(policy);
        notifier_.apply(notify_url);
        dispatcher_.wake();
    });
}

bool Deliveries::stop(const std::chrono::milliseconds timeout) {
    boost::asio::post(context_, [this] {
        dispatcher_.stop();
        notifier_.stop();
        client_.stop();
        work_.reset();
    });
    return end_.wait_for(timeout) == std::future_status::ready;
}

}  // namespace gateway::delivery
