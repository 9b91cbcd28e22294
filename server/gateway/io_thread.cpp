#include "server/gateway/io_thread.hpp"

#include "storage/values/thread_name.hpp"

#include <boost/asio/post.hpp>

namespace gateway {

namespace {

/// With services of its own, which each request counts itself as a user of: shared by all threads that count
/// would go from one processor to the other.
std::shared_ptr<const ServingRules> own_copy(const ServingRules& rules) {
    auto copy = std::make_shared<ServingRules>(rules);
    copy->services = std::make_shared<const api::Services>(*rules.services);
    return copy;
}

}  // namespace

IoThread::IoThread(const HttpServer::Dependencies& parts, Budget& body_memory, RequestLimits& limits,
                   std::function<void()> on_end)
    : rules_(own_copy(parts.rules)),
      body_memory_(body_memory),
      log_(parts.runtime.log),
      work_(boost::asio::make_work_guard(context_)),
      deadlines_(context_),
      http_client_(context_, parts.http_client, parts.client_options),
      request_handler_(parts.bindings, parts.runtime, http_client_, limits, parts.clock, rules_),
      request_ids_(parts.random),
      thread_([this, on_end = std::move(on_end)] {
          name_this_thread("io");
          context_.run();
          on_end();
      }) {}

IoThread::~IoThread() {  // NOLINT(bugprone-exception-escape): not without memory for one post()
    stop();
    thread_.join();
}

void IoThread::apply(const ServingRules& rules, const outgoing::EgressPolicy& policy) {
    boost::asio::post(context_, [this, rules = own_copy(rules), policy]() mutable {
        rules_ = std::move(rules);
        http_client_.apply(std::move(policy));
    });
}

void IoThread::stop() {
    boost::asio::post(context_, [this] {
        deadlines_.stop();
        http_client_.stop();
        work_.reset();
    });
}

}  // namespace gateway
