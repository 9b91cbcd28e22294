// A receiver for whoever develops one: answers the challenge, checks signatures, shows what came.
#pragma once

#include "server/command/key_sets.hpp"
#include "server/gateway/deadlines.hpp"
#include "storage/values/timestamp.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {
class RequestReader;
}

namespace gateway::command {

struct ReceiverOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    /// The only one whose challenge is answered; nothing: any.
    std::optional<std::string> verification_token;
    /// The status that deliveries are answered with; nothing: 200, or 401 where a signature is not good.
    std::optional<unsigned> answer;
    /// The url of the daemon, whose keys RSASSA-PSS signatures are checked with; nothing: they are not.
    std::optional<std::string> gateway;
    /// Of the webhook, for Standard Webhooks signatures; nothing: they are not checked.
    std::optional<std::vector<std::uint8_t>> secret;
    /// Where each delivery is put, for other tools to check: 1.body, the exact bytes, and 1.headers, what
    /// they are signed with, then 2 and so on. Empty: nowhere.
    std::filesystem::path save;
};

/// Serves on the context's one thread, from its making on.
class DevelopmentReceiver {
  public:
    /// Events are shown on `out`, a line each with its payload below, flushed. Throws std::runtime_error
    /// where the address and port cannot be had.
    DevelopmentReceiver(boost::asio::io_context& context, ReceiverOptions options, std::ostream& out,
                        Clock clock = system_now);

    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    /// Closes all connections. The context's run() returns within seconds then, and must have before this is
    /// destroyed.
    void stop();

  private:
    struct Request;
    struct Reply;
    struct Check;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(SocketDeadline::Socket& socket);
    boost::asio::awaitable<bool> receive(SocketDeadline::Socket& socket, SocketDeadline& deadline,
                                         RequestReader& reader);
    boost::asio::awaitable<Reply> answer(const Request& request);
    boost::asio::awaitable<Reply> take_delivery(const Request& request);
    Reply answer_challenge(std::string_view target);
    boost::asio::awaitable<Check> check_rsa(const Request& request, std::string app_id);
    [[nodiscard]] Check check_standard(const Request& request) const;
    static Check judged(const std::optional<std::string>& fault);
    void save(const Request& request);
    void show(std::string_view line);

    ReceiverOptions options_;
    std::ostream& out_;
    Clock clock_;
    boost::asio::ip::tcp::acceptor acceptor_;
    Deadlines deadlines_;
    std::optional<KeySets> keys_;
    std::set<SocketDeadline::Socket*> sockets_;
    std::size_t saved_ = 0;
};

}  // namespace gateway::command
