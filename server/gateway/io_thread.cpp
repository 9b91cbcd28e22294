#include "server/gateway/io_thread.hpp"

#include <boost/asio/post.hpp>

namespace gateway {

IoThread::IoThread(const ServerSettings& settings, const Router& router, const api::Services& services,
                   const Clock& clock, const RandomSource& random, Log& log, std::function<void()> on_end)
    : settings_(settings),
      work_(boost::asio::make_work_guard(context_)),
      deadlines_(context_),
      dispatcher_(router, services, clock, log, settings.request_timeout),
      request_ids_(random),
      thread_([this, on_end = std::move(on_end)] {
          context_.run();
          on_end();
      }) {}

IoThread::~IoThread() {
    context_.stop();
    thread_.join();
    context_.end_coroutines();
}

void IoThread::stop() {
    boost::asio::post(context_, [this] {
        deadlines_.stop();
        work_.reset();
    });
}

}  // namespace gateway
