#include "tests/support/clients.hpp"

#include "tests/support/http_client.hpp"

#include <stdexcept>
#include <utility>

namespace gateway::test {

Clients::Clients(const std::uint16_t port, const std::size_t count, Ask ask, Watch watch)
    : port_(port), ask_(std::move(ask)), watch_(std::move(watch)), running_(count) {
    for (std::size_t i = 0; i < count; ++i)
        threads_.emplace_back([this, i] { run(i); });
}

Clients::~Clients() {
    end();
}

void Clients::run(const std::size_t client) {
    std::string complaint;
    try {
        HttpClient connection(port_);
        ask_on(connection, client);
    } catch (const std::logic_error& error) {
        complaint = error.what();
    } catch (const std::exception&) {
        // The connection broke. What was asked last stays unanswered.
    }
    const std::lock_guard lock(mutex_);
    if (complaint_.empty()) complaint_ = complaint;
    --running_;
    changed_.notify_all();
}

void Clients::ask_on(HttpClient& connection, const std::size_t client) {
    while (!ending_) {
        switch (ask_(connection, client)) {
            case Outcome::acknowledged:
                note_acknowledged();
                break;
            case Outcome::refused:
                break;
            case Outcome::last:
                return;
        }
    }
}

void Clients::note_acknowledged() {
    std::uint64_t count = 0;
    {
        const std::lock_guard lock(mutex_);
        count = ++acknowledged_;
        changed_.notify_all();
    }
    if (watch_) watch_(count);
}

bool Clients::wait_for(const std::uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return acknowledged_ >= count || running_ == 0; });
    return acknowledged_ >= count;
}

void Clients::join() {
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

void Clients::end() {
    ending_ = true;
    join();
}

std::uint64_t Clients::acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::string Clients::complaint() const {
    const std::lock_guard lock(mutex_);
    return complaint_;
}

Clients::Outcome outcome_of(const Answer& answer, const int success) {
    if (answer.status == success) return Clients::Outcome::acknowledged;
    if (answer.status == 503) return Clients::Outcome::refused;
    throw std::logic_error("expected an answer of " + std::to_string(success) + ", found one of " +
                           std::to_string(answer.status) + ": " + answer.text);
}

}  // namespace gateway::test
