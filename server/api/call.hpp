// One call of an operation, from the parsed request to the jobs that it runs on the database.
#pragma once

#include "server/api/access.hpp"
#include "server/api/activation_rules.hpp"
#include "server/api/webhook_changes.hpp"
#include "server/log/log.hpp"
#include "storage/engine/database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/values/error.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/container/static_vector.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace gateway::outgoing {
class HttpClient;
}

namespace gateway::api {

/// What the operations work with, the same for all threads. Everything in it outlives the calls.
struct Services {
    storage::Database& database;
    storage::Secrets& secrets;
    IdSource& ids;
    WebhookRules rules;
    ActivationRules activation;
    ActivationSlots& activation_slots;
    Log& log;
};

/// A segment of the path that a template's `{name}` stands for, percent-decoded.
struct PathParameter {
    std::string_view name;
    std::string value;
};

using PathParameters = boost::container::static_vector<PathParameter, 4>;

/// Lives on one I/O thread, from the router to the answer.
class Call {
  public:
    /// `http_client` is the thread's own; it and `body` must outlive the call. `caller` is who authentication
    /// found; open operations have none.
    Call(const Services& services, outgoing::HttpClient& http_client, PathParameters parameters,
         std::string_view body, Caller caller, storage::Deadline deadline)
        : services_(services),
          http_client_(http_client),
          parameters_(std::move(parameters)),
          body_(body),
          caller_(std::move(caller)),
          deadline_(deadline) {}

    [[nodiscard]] const Services& services() const noexcept { return services_; }

    [[nodiscard]] outgoing::HttpClient& http_client() const noexcept { return http_client_; }

    /// The value of `{name}`. Throws std::logic_error when the operation's path has no such segment.
    [[nodiscard]] const std::string& parameter(std::string_view name) const;

    [[nodiscard]] bool has_parameter(std::string_view name) const;

    [[nodiscard]] std::string_view body() const noexcept { return body_; }

    [[nodiscard]] storage::Deadline deadline() const noexcept { return deadline_; }

    /// For an operation that calls out: its time does not count as waiting for the database.
    void extend_deadline(std::chrono::steady_clock::duration time) noexcept { deadline_ += time; }

    /// Runs a function `Result<T>(Transaction&)` after the checks that every operation on an app begins with
    /// (the key is still good, and for this app; sessions are enabled), all in one transaction.
    template <class Function>
    auto write(Function job)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, storage::Transaction&>> {
        caller_.confirmed = true;
        return services_.database.write(guarded<storage::Transaction>(std::move(job)), deadline_);
    }

    /// As write(), for a function `Result<T>(Snapshot&)`.
    template <class Function>
    auto read(Function job) -> boost::asio::awaitable<std::invoke_result_t<Function&, storage::Snapshot&>> {
        caller_.confirmed = true;
        return services_.database.read(guarded<storage::Snapshot>(std::move(job)), deadline_);
    }

    /// Whether the key is known to be good now: it was just read, or a job has looked at it.
    [[nodiscard]] bool key_is_confirmed() const noexcept { return caller_.confirmed; }

  private:
    template <class Context, class Function>
    auto guarded(Function job) const {
        return [token_id = caller_.token_id, app_id = parameter("appID"),
                job = std::move(job)](Context& context) mutable -> std::invoke_result_t<Function&, Context&> {
            const Result<void> access = check_access(context, token_id, app_id);
            if (access.has_error()) return access.error();
            return job(context);
        };
    }

    const Services& services_;
    outgoing::HttpClient& http_client_;
    PathParameters parameters_;
    std::string_view body_;
    Caller caller_;
    storage::Deadline deadline_;
};

}  // namespace gateway::api
