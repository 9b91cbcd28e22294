#include "server/outgoing/http_client.hpp"

#include "server/outgoing/connection_pool.hpp"
#include "server/outgoing/receiver_connection.hpp"
#include "server/outgoing/response_reader.hpp"
#include "server/outgoing/tls_context.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace gateway::outgoing {
namespace {

// The time that is left, divided evenly among the addresses that are left: one that never answers leaves the
// others theirs, and what it does not use is theirs as well.
Deadline share(const Deadline deadline, const std::size_t addresses_left) {
    const auto now = std::chrono::steady_clock::now();
    return now + (deadline - now) / static_cast<Deadline::rep>(addresses_left);
}

bool is_over(const Deadline deadline) {
    return std::chrono::steady_clock::now() >= deadline;
}

asio::awaitable<OutgoingResult<void>> receive(ReceiverConnection& connection, ResponseReader& reader,
                                              const Deadline deadline) {
    while (!reader.done()) {
        const auto count = co_await connection.read(reader.room(), deadline);
        if (!count) co_return count.error();
        if (*count == 0) {
            reader.ended();
        } else {
            reader.received(*count);
        }
    }
    co_return OutgoingResult<void>();
}

}  // namespace

HttpClient::HttpClient(asio::io_context& context, const Dependencies& parts, ClientOptions options)
    : executor_(context.get_executor()),
      parts_(parts),
      policy_(std::make_shared<const EgressPolicy>(parts.policy)),
      options_(std::move(options)),
      pool_(std::make_shared<ConnectionPool>(executor_, options_.pool)) {}

HttpClient::~HttpClient() {
    pool_->stop();
}

void HttpClient::apply(EgressPolicy policy) {
    if (policy == *policy_) return;
    policy_ = std::make_shared<const EgressPolicy>(std::move(policy));
    pool_->start_over();
}

void HttpClient::stop() {
    pool_->stop();
}

asio::awaitable<HttpClient::Response> HttpClient::send(OutgoingRequest request, const Deadline deadline) {
    if (pool_->stopped()) co_return OutgoingError{OutgoingFailure::cancelled, "the client has stopped"};
    auto destination = parse_destination(request.url);
    if (!destination) co_return destination.error();
    std::string bytes = to_bytes(request, *destination, options_.user_agent);
    const Outgoing outgoing{std::move(*destination), std::move(bytes), std::move(request.tenant),
                            request.verb == http::verb::head, deadline};

    try {
        co_return co_await perform(outgoing);
    } catch (const boost::system::system_error& error) {
        // Asio's way to end a coroutine that was cancelled between two waits.
        if (error.code() != asio::error::operation_aborted) throw;
    }
    co_return OutgoingError{OutgoingFailure::cancelled, "the request was given up"};
}

asio::awaitable<HttpClient::Response> HttpClient::perform(const Outgoing& outgoing) {
    ConnectionPtr kept = pool_->take(outgoing.destination.origin);
    if (kept) {
        Exchange again = co_await exchange(outgoing, std::move(kept));
        const bool stale = again.unanswered && again.response.error().failure == OutgoingFailure::protocol;
        if (!stale) co_return std::move(again.response);
    }
    OutgoingResult<ConnectionPtr> connection = co_await connect(outgoing);
    if (!connection) co_return connection.error();
    Exchange first = co_await exchange(outgoing, std::move(*connection));
    co_return std::move(first.response);
}

asio::awaitable<HttpClient::Exchange> HttpClient::exchange(const Outgoing& outgoing,
                                                           ConnectionPtr connection) {
    const OutgoingResult<void> written = co_await connection->write(outgoing.bytes, outgoing.deadline);
    if (!written) co_return Exchange{written.error(), true};

    ResponseReader reader(options_.response, outgoing.head);
    OutgoingResult<void> received = co_await receive(*connection, reader, outgoing.deadline);
    if (!received) {
        auto error = received.error();
        error.was_sent = true;
        co_return Exchange{std::move(error), !reader.begun()};
    }

    Exchange exchange{reader.take(), !reader.begun()};
    if (reader.leaves_connection_usable()) {
        pool_->keep(outgoing.destination.origin, std::move(connection));
    } else if (exchange.response) {
        ReceiverConnection::part_with(std::move(connection));
    }
    co_return exchange;
}

asio::awaitable<OutgoingResult<HttpClient::ConnectionPtr>> HttpClient::connect(const Outgoing& outgoing) {
    LookUp look_up{outgoing.destination.origin.host, outgoing.tenant};
    const auto policy = policy_;
    const OutgoingResult<Addresses> addresses =
        co_await resolve_allowed(*policy, parts_.resolver, std::move(look_up), outgoing.deadline);
    if (!addresses) co_return addresses.error();

    OutgoingResult<ConnectionPtr> outcome =
        OutgoingError{OutgoingFailure::timeout, "no time left to connect"};
    for (std::size_t tried = 0; tried < addresses->size() && !is_over(outgoing.deadline); ++tried) {
        const Deadline deadline = share(outgoing.deadline, addresses->size() - tried);
        outcome = co_await connect_to(outgoing, (*addresses)[tried], deadline);
        // Another address helps against no other failure: it would be the same receiver that answers.
        const bool next = !outcome && (outcome.error().failure == OutgoingFailure::connect ||
                                       outcome.error().failure == OutgoingFailure::timeout);
        if (!next) break;
    }
    co_return outcome;
}

asio::awaitable<OutgoingResult<HttpClient::ConnectionPtr>> HttpClient::connect_to(
    const Outgoing& outgoing, const asio::ip::address& address, const Deadline deadline) {
    const Origin& origin = outgoing.destination.origin;
    auto connection = std::make_unique<ReceiverConnection>(executor_);
    const asio::ip::tcp::endpoint endpoint(address, origin.port);
    OutgoingResult<void> ready = co_await connection->connect(endpoint, deadline);
    if (ready && origin.tls) {
        auto* const context = co_await parts_.tls.get();
        ready = co_await connection->handshake(*context, origin.host, outgoing.deadline);
    }
    if (!ready) co_return ready.error();
    co_return connection;
}

}  // namespace gateway::outgoing
