#include "server/gateway/io_thread.hpp"

#include "storage/values/thread_name.hpp"

#include <boost/asio/post.hpp>

namespace gateway {

IoThread::IoThread(const HttpServer::Dependencies& parts, const Router& router, BodyMemory& body_memory,
                   RequestLimits& limits, std::function<void()> on_end)
    : settings_(parts.settings),
      body_memory_(body_memory),
      log_(parts.runtime.log),
      work_(boost::asio::make_work_guard(context_)),
      deadlines_(context_),
      http_client_(context_, parts.http_client, parts.client_options),
      request_handler_(router, parts.runtime, http_client_, limits, parts.clock, parts.settings,
                       parts.events),
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

void IoThread::stop() {
    boost::asio::post(context_, [this] {
        deadlines_.stop();
        http_client_.stop();
        work_.reset();
    });
}

}  // namespace gateway
