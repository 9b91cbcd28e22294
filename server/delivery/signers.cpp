#include "server/delivery/signers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <sys/resource.h>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr int niceness = 10;

asio::awaitable<std::string> signature(const SigningKeyPtr key, const std::string_view body) {
    co_return key->signature(body);
}

}  // namespace

Signers::Signers(const std::size_t count) : work_(asio::make_work_guard(context_)) {
    const auto wanted = count > 0 ? count : std::max(1U, std::thread::hardware_concurrency());
    try {
        while (threads_.size() < wanted) {
            threads_.emplace_back([this] {
                ::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone, on Linux
                context_.run();
            });
        }
    } catch (...) {
        work_.reset();
        throw;
    }
}

Signers::~Signers() {
    work_.reset();
    threads_.clear();
}

asio::awaitable<std::string> Signers::sign(SigningKeyPtr key, const std::string_view body) {
    auto value = co_await asio::co_spawn(context_, signature(std::move(key), body), asio::use_awaitable);
    co_return value;
}

}  // namespace gateway::delivery
