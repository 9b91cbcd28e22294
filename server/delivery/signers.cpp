#include "server/delivery/signers.hpp"

#include "storage/values/thread_name.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <sys/resource.h>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr int patient_niceness = 10;

asio::awaitable<std::string> signature(SigningKeyPtr key, const std::string_view body) {
    co_return key->signature(body);
}

}  // namespace

Signers::Pool::Pool(const std::size_t count, const int niceness) : work_(asio::make_work_guard(context_)) {
    try {
        while (threads_.size() < count) {
            threads_.emplace_back([this, niceness] {
                name_this_thread("signer");
                ::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone, on Linux
                context_.run();
            });
        }
    } catch (...) {
        work_.reset();
        throw;
    }
}

Signers::Pool::~Pool() {
    work_.reset();
    threads_.clear();
}

Signers::Signers(const std::size_t count)
    : count_(count > 0 ? count : std::max(1U, std::thread::hardware_concurrency())),
      prompt_(count_, 0),
      patient_(count_, patient_niceness) {}

asio::awaitable<std::string> Signers::sign(SigningKeyPtr key, const std::string_view body,
                                           const Urgency urgency) {
    auto& context = urgency == Urgency::at_once ? prompt_.context() : patient_.context();
    auto value = co_await asio::co_spawn(context, signature(std::move(key), body), asio::use_awaitable);
    co_return value;
}

}  // namespace gateway::delivery
