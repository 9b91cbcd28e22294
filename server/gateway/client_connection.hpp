// One client connection: reads requests, has them answered, writes the answers, one after the other.
#pragma once

#include "server/gateway/budget.hpp"
#include "server/gateway/client_stream.hpp"
#include "server/gateway/deadlines.hpp"
#include "server/gateway/http_date.hpp"
#include "server/gateway/request_handler.hpp"
#include "server/gateway/request_ids.hpp"
#include "server/gateway/request_reader.hpp"
#include "server/gateway/serving_rules.hpp"
#include "server/log/log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>

namespace gateway {

/// What all connections of one I/O thread use. Its members outlive them.
struct ConnectionServices {
    const std::shared_ptr<const ServingRules>& rules;  ///< the thread's, as they are now
    Deadlines& deadlines;
    Budget& body_memory;
    RequestHandler& request_handler;
    RequestIds& request_ids;
    HttpDate& date;
    Log& log;
};

/// Lives on one I/O thread. Keeps to the limits of the settings: what is too large or too slow is answered
/// 413, 431 or 408 and closed, as is a request that its header alone condemns and whose body is still to
/// come; a client that is silent between requests, or does not take its answer, is just closed.
class ClientConnection {
  public:
    ClientConnection(ClientStream::Socket socket, ConnectionServices services);

    /// Makes it TLS, within the time that a client has for a header; first of all, where it is called. False
    /// where it comes to nothing: the log tells why, unless the client just left, and one that speaks plain
    /// HTTP is answered 400.
    boost::asio::awaitable<bool> shake_hands(boost::asio::ssl::context& context);

    /// Serves until either side has enough.
    boost::asio::awaitable<void> serve();

    /// Answers 503 and closes: for one connection too many.
    boost::asio::awaitable<void> turn_away();

  private:
    enum class Arrival {
        complete,  ///< reader_ holds a request
        header,    ///< reader_ holds its header, and its body has not all come
        refused,   ///< refusal_ tells why
        closed,    ///< there is nobody to answer
    };

    boost::asio::awaitable<Arrival> read_until(RequestReader::State wanted);
    boost::asio::awaitable<Arrival> read_body(std::size_t limit);
    bool take_memory();
    boost::asio::awaitable<Arrival> receive();
    boost::asio::awaitable<void> ask_for_body();
    boost::asio::awaitable<bool> write(Response response, const std::string& request_id, bool keep_alive);
    boost::asio::awaitable<void> refuse_plain_http();
    boost::asio::awaitable<void> end_tls();
    boost::asio::awaitable<void> close_gently();

    void limit_wait();
    void refuse_for_slowness();

    [[nodiscard]] const ServerSettings& limits() const noexcept { return services_.rules->server; }

    [[nodiscard]] std::string next_request_id();

    ClientStream stream_;
    ConnectionServices services_;
    SocketDeadline deadline_;
    std::string client_;
    std::optional<ClientNetwork> network_;
    RequestReader reader_;

    // Of the request under way:
    Budget::Share body_memory_;
    std::optional<ApiError> refusal_;
    std::optional<RequestReader::State> waiting_;  ///< what its client was last given time for
};

}  // namespace gateway
