// The HTTP client for receivers: activation challenges and deliveries.
#pragma once

#include "server/outgoing/client_options.hpp"
#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/outgoing.hpp"
#include "server/outgoing/outgoing_error.hpp"
#include "server/outgoing/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace gateway::outgoing {

class ConnectionPool;
class ReceiverConnection;
class TlsContext;

/// Sends requests to receivers that nobody vouches for. One for each I/O thread: its connections live on that
/// thread's io_context and nothing in it is locked.
///
/// HTTP/1.1, plain or TLS as the URL says. Redirects are not followed, bodies not decompressed, and the
/// environment's proxies not asked. Only addresses that the policy allows are connected to, in the resolver's
/// order, each with its share of the time that is left.
///
/// Connections are kept for the next request to their origin. A receiver may close one at the moment it is
/// used again: a request that fails there before any byte of an answer came is sent once more, on a new
/// connection. That holds for every verb, although the receiver may have seen a POST and closed instead of
/// answering it: deliveries may arrive twice anyhow, and carry ids to be told apart by.
class HttpClient {
  public:
    /// Shared by the clients of all threads, and outliving them and their requests.
    struct Dependencies {
        const EgressPolicy& policy;  ///< to begin with
        Resolver& resolver;
        TlsContext& tls;
    };

    HttpClient(asio::io_context& context, const Dependencies& parts, ClientOptions options = {});

    /// The coroutines of send() must have ended by then, or be destroyed before.
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Sends the request and reads the response, of whatever status: to judge it is the caller's part.
    /// Awaited on the client's io_context. The deadline holds for all of it, from the look-up to the last
    /// byte of the body.
    ///
    /// Fails with `blocked_address` (also for a URL that is none of this client's), `dns`, `overloaded`,
    /// `connect`, `tls`, `timeout` or `protocol`, and with `cancelled` after stop() or where the coroutine is
    /// cancelled. Throws std::invalid_argument for headers that to_bytes() does not take.
    asio::awaitable<OutgoingResult<OutgoingResponse>> send(OutgoingRequest request, Deadline deadline);

    /// Goes by this policy from now on. Where it is another one, no connection is used again: those before
    /// may lead where none may lead now. On the client's thread.
    void apply(EgressPolicy policy);

    /// Closes the connections that wait, lets the requests under way come to their end, and takes no more of
    /// them. After those the io_context has no work of the client's left, save farewells of a second at most.
    void stop();

  private:
    using Response = OutgoingResult<OutgoingResponse>;
    using ConnectionPtr = std::unique_ptr<ReceiverConnection>;

    // A request made ready.
    struct Outgoing {
        Destination destination;
        std::string bytes;
        std::string tenant;
        bool head = false;
        Deadline deadline;
    };

    struct Exchange {
        Response response;
        bool unanswered = false;  // failed before any byte came back
    };

    asio::awaitable<Response> perform(const Outgoing& outgoing);
    asio::awaitable<Exchange> exchange(const Outgoing& outgoing, ConnectionPtr connection);
    asio::awaitable<OutgoingResult<ConnectionPtr>> connect(const Outgoing& outgoing);
    asio::awaitable<OutgoingResult<ConnectionPtr>> connect_to(const Outgoing& outgoing,
                                                              const asio::ip::address& address,
                                                              Deadline deadline);

    asio::any_io_executor executor_;
    Dependencies parts_;
    std::shared_ptr<const EgressPolicy> policy_;  // a request keeps the one that it looks up by
    ClientOptions options_;
    std::shared_ptr<ConnectionPool> pool_;  // its timer may fire after the client has gone
};

}  // namespace gateway::outgoing
