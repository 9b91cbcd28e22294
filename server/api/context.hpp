// One call of an operation, on its way to the jobs that it runs on the database.
#pragma once

#include "server/api/access.hpp"
#include "server/api/services.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gateway::outgoing {
class HttpClient;
}

namespace gateway::api {

/// What a success means to whoever asked.
enum class Success {
    ok,
    created,   ///< something is there that was not
    accepted,  ///< it has begun, and goes on
    done,      ///< and there is nothing to say of it
};

/// Lives on one I/O thread, from authentication to the answer.
class Context {
  public:
    /// `http_client` is the thread's own; it and `runtime` must outlive the call. `caller` is who
    /// authentication found; open operations have none. The services are the call's to its end, whatever the
    /// settings become meanwhile.
    Context(const Runtime& runtime, std::shared_ptr<const Services> services,
            outgoing::HttpClient& http_client, Caller caller, const storage::Deadline deadline)
        : runtime_(runtime),
          services_(std::move(services)),
          http_client_(http_client),
          caller_(std::move(caller)),
          deadline_(deadline) {}

    [[nodiscard]] const Runtime& runtime() const noexcept { return runtime_; }

    [[nodiscard]] const Services& services() const noexcept { return *services_; }

    [[nodiscard]] outgoing::HttpClient& http_client() const noexcept { return http_client_; }

    [[nodiscard]] const Caller& caller() const noexcept { return caller_; }

    [[nodiscard]] storage::Deadline deadline() const noexcept { return deadline_; }

    /// For an operation that calls out: its time does not count as waiting for the database.
    void extend_deadline(const std::chrono::steady_clock::duration time) noexcept { deadline_ += time; }

    /// For an operation that has two kinds of success: this call's is the other one.
    void succeed_as(const Success success) noexcept { success_ = success; }

    [[nodiscard]] std::optional<Success> success() const noexcept { return success_; }

    /// Runs a function `Result<T>(Transaction&)` after the checks that every operation on an app begins with
    /// (the key is still good, and for this app; sessions are enabled), all in one transaction.
    template <class Function>
    auto write(const std::string& app_id, Function job)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, storage::Transaction&>> {
        caller_.confirmed = true;
        return runtime_.database.write(guarded<storage::Transaction>(app_id, std::move(job)), deadline_);
    }

    /// As write(), for a function `Result<T>(Snapshot&)`.
    template <class Function>
    auto read(const std::string& app_id, Function job)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, storage::Snapshot&>> {
        caller_.confirmed = true;
        return runtime_.database.read(guarded<storage::Snapshot>(app_id, std::move(job)), deadline_);
    }

  private:
    template <class Job, class Function>
    auto guarded(const std::string& app_id, Function job) const {
        return [token_id = caller_.token_id, app_id,
                job = std::move(job)](Job& context) mutable -> std::invoke_result_t<Function&, Job&> {
            const Result<void> access = check_access(context, token_id, app_id);
            if (access.has_error()) return access.error();
            return job(context);
        };
    }

    const Runtime& runtime_;
    std::shared_ptr<const Services> services_;
    outgoing::HttpClient& http_client_;
    Caller caller_;
    storage::Deadline deadline_;
    std::optional<Success> success_;
};

}  // namespace gateway::api
