// From a complete HTTP request to its answer: binding, route, key, operation.
#pragma once

#include "server/api/context.hpp"
#include "server/gateway/authenticator.hpp"
#include "server/gateway/bindings.hpp"
#include "server/gateway/request_limits.hpp"
#include "server/gateway/request_origin.hpp"
#include "server/gateway/request_reader.hpp"
#include "server/gateway/serving_rules.hpp"
#include "server/log/log.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// What a header alone comes to.
struct HeaderJudgement {
    std::optional<Response> refusal;  ///< nothing: the body is wanted
    std::size_t body_limit = 0;       ///< bytes of it
};

/// One for each I/O thread, used on that thread alone. Never throws for what a request holds or an operation
/// does.
class RequestHandler {
  public:
    /// The references must outlive the request_handler; the rules may be replaced on its thread.
    RequestHandler(const Bindings& bindings, const api::Runtime& runtime, outgoing::HttpClient& http_client,
                   RequestLimits& limits, Clock clock, const std::shared_ptr<const ServingRules>& rules);

    /// Answers a request and writes its line in the log. The arguments must live until it is done.
    boost::asio::awaitable<Response> answer(const HttpRequest& request, const RequestOrigin& origin);

    /// Looks at a request whose header has come and whose body, of `body_size` bytes as far as is known, has
    /// not: the answer where there is no such route, too large a body, no good key or more requests than
    /// there may be, so that nobody has to take its body in; the connection is closed behind it. Where the
    /// body is wanted, answer() then looks at all of it again.
    boost::asio::awaitable<HeaderJudgement> judge_header(const HttpRequest& request, std::size_t body_size,
                                                         const RequestOrigin& origin);

    /// The answer to what the connection would not take in, with its line in the log.
    Response refuse(const ApiError& error, const RequestOrigin& origin);

  private:
    struct Admitted;
    struct Outcome;

    /// Route, size, key, the caller's limit, and the key's right to an app that is known by now; nothing
    /// where outcome.response tells what is wrong.
    boost::asio::awaitable<std::optional<Admitted>> admit(const HttpRequest& request, std::size_t body_size,
                                                          const RequestOrigin& origin, Outcome& outcome);
    /// What is wrong whoever calls: no such route, too large a body, or more of what asks for no key than its
    /// address may send.
    std::optional<Response> refuse_call(const HttpRequest& request, const Binding& binding,
                                        Destination& destination, std::size_t body_size,
                                        const RequestOrigin& origin);
    [[nodiscard]] bool is_open(api::Access access) const noexcept;
    [[nodiscard]] std::size_t body_limit(const api::Operation& operation) const noexcept;
    /// Makes a destination of none where the host is no app's.
    void find_app_by_host(const HttpRequest& request, Destination& destination) const;
    boost::asio::awaitable<void> perform(const HttpRequest& request, Admitted admitted, Outcome& outcome);
    /// The error, or that of a key which was remembered and has gone: a complaint about a request is for
    /// those with a good key only.
    boost::asio::awaitable<ApiError> confirm(ApiError error, const HttpRequest& request,
                                             const api::Caller& caller, storage::Deadline deadline);
    ApiError failure(const std::exception_ptr& error, const RequestOrigin& origin, const Outcome& outcome);
    /// Writes the line in the log, and counts.
    void note(const RequestOrigin& origin, const Outcome& outcome, const Response& response,
              std::chrono::steady_clock::time_point begin);

    const Bindings& bindings_;
    const api::Runtime& runtime_;
    outgoing::HttpClient& http_client_;
    Log& log_;
    const std::shared_ptr<const ServingRules>& rules_;  // the thread's, as they are now
    RequestLimits& limits_;
    Authenticator authenticator_;
};

}  // namespace gateway
