#include "server/command/development_receiver.hpp"

#include "server/gateway/request_reader.hpp"
#include "server/text/quote.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

namespace gateway::command {

namespace asio = boost::asio;
namespace json = boost::json;
namespace urls = boost::urls;
using asio::ip::tcp;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t header_limit = 16'384;
constexpr std::size_t body_limit = 2'097'152;
constexpr std::size_t most_connections = 64;
constexpr std::chrono::seconds request_time{10};  // from its first byte to its last
constexpr std::chrono::minutes idle_time{2};      // longer than the daemon keeps a connection
constexpr std::chrono::seconds farewell_time{1};
constexpr std::size_t longest_payload = 2'000;  // bytes of it that are shown

tcp::acceptor open_acceptor(asio::io_context& context, const ReceiverOptions& options) {
    try {
        return {context, tcp::endpoint(asio::ip::make_address(options.address), options.port)};
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot listen on " + options.address + " port " +
                                 std::to_string(options.port) + ": " + error.code().message() +
                                 "; choose another --address or --port");
    }
}

/// The value of a query parameter, decoded; empty where there is none.
std::string parameter(const std::string_view target, const std::string_view name) {
    const auto url = urls::parse_origin_form(target);
    if (!url) return {};
    const auto parameters = url->params();
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : std::string((*found).value);
}

bool is_number(const std::string_view text) {
    const auto is_digit = [](const char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && text.size() <= 10 && std::ranges::all_of(text, is_digit);
}

std::string text_of(const json::object& object, const std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value && value->is_string() ? json::value_to<std::string>(*value) : std::string();
}

std::string shown_payload(const json::object& event) {
    const auto* const payload = event.if_contains("payload");
    const auto text = payload ? json::serialize(*payload) : std::string("no payload");
    return text.size() <= longest_payload ? text : text.substr(0, longest_payload) + " …";
}

/// The object of a delivery; nothing where the body is none.
std::optional<json::object> read_delivery(const std::string_view body) {
    boost::system::error_code error;
    auto document = json::parse(body, error);
    auto* const object = error ? nullptr : document.if_object();
    const auto* const events = object ? object->if_contains("events") : nullptr;
    if (!events || !events->is_array()) return {};
    const auto is_object = [](const json::value& event) { return event.is_object(); };
    if (!std::ranges::all_of(events->get_array(), is_object)) return {};
    return std::move(*object);
}

/// Closing over unread bytes would reset the connection and take the answer from the peer's hands.
asio::awaitable<void> swallow_rest(SocketDeadline::Socket& socket) {
    boost::system::error_code ended;
    socket.shutdown(SocketDeadline::Socket::shutdown_send, ended);  // NOLINT(bugprone-unused-return-value)
    std::array<char, 65'536> rest;                                  // NOLINT(*-member-init): only written to
    while (!ended) {
        const auto [error, count] = co_await socket.async_read_some(asio::buffer(rest), as_tuple);
        ended = error;
    }
}

}  // namespace

/// What is looked at of a request; valid as long as its reader holds it.
struct DevelopmentReceiver::Request {
    explicit Request(const HttpRequest& request)
        : verb(request.method()),
          target(request.target()),
          body(request.body()),
          key_id(request["X-Webhook-Signature-Key-Id"]),
          headers{.rsa_signature = request["X-Webhook-Signature"],
                  .id = request["webhook-id"],
                  .timestamp = request["webhook-timestamp"],
                  .signature = request["webhook-signature"]} {}

    http::verb verb;
    std::string_view target;
    std::string_view body;
    std::string_view key_id;
    SignatureHeaders headers;
};

struct DevelopmentReceiver::Reply {
    unsigned status = 200;
    std::string body;
};

/// What came of checking one kind of signature.
struct DevelopmentReceiver::Check {
    bool good = true;  ///< or not checked
    std::string text;  ///< "verified", "NOT VERIFIED (why)" or "not verified (no --secret)"
};

DevelopmentReceiver::DevelopmentReceiver(asio::io_context& context, ReceiverOptions options,
                                         std::ostream& out, Clock clock)
    : options_(std::move(options)),
      out_(out),
      clock_(std::move(clock)),
      acceptor_(open_acceptor(context, options_)),
      deadlines_(context) {
    if (options_.gateway) keys_.emplace(context, *options_.gateway);
    asio::co_spawn(context, accept(), asio::detached);
}

void DevelopmentReceiver::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);  // NOLINT(bugprone-unused-return-value): it accepts no more either way
    for (auto* const socket : sockets_)
        socket->close(ignored);  // NOLINT(bugprone-unused-return-value)
    if (keys_) keys_->stop();
}

asio::awaitable<void> DevelopmentReceiver::accept() {
    while (acceptor_.is_open()) {
        auto [error, accepted] = co_await acceptor_.async_accept(as_tuple);
        if (error || sockets_.size() >= most_connections) continue;
        auto serving =
            [this, socket = SocketDeadline::Socket(std::move(accepted))]() mutable -> asio::awaitable<void> {
            sockets_.insert(&socket);
            try {
                co_await serve(socket);
            } catch (const std::exception& exception) {
                show(std::string("a connection failed: ") + exception.what());
            }
            sockets_.erase(&socket);
        };
        asio::co_spawn(acceptor_.get_executor(), std::move(serving), asio::detached);
    }
}

asio::awaitable<void> DevelopmentReceiver::serve(SocketDeadline::Socket& socket) {
    SocketDeadline deadline(deadlines_, socket);
    RequestReader reader(header_limit);
    for (bool keep_alive = true; keep_alive; reader.next()) {
        const bool received = co_await receive(socket, deadline, reader);
        if (!received) co_return;
        Reply reply{400, {}};
        if (reader.state() == RequestReader::State::complete) {
            keep_alive = reader.keep_alive();
            const Request request(reader.request());
            reply = co_await answer(request);
        } else {
            keep_alive = false;
            show("refused: " + reader.refusal().message);
        }
        const auto head = "HTTP/1.1 " + std::to_string(reply.status) +
                          " \r\nContent-Type: application/json\r\n" +
                          "Content-Length: " + std::to_string(reply.body.size()) + "\r\n" +
                          (keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
        const auto bytes = head + reply.body;
        deadline.set(request_time);
        const auto [error, count] = co_await asio::async_write(socket, asio::buffer(bytes), as_tuple);
        if (error) co_return;
    }
    deadline.set(farewell_time);
    co_await swallow_rest(socket);
}

/// Until there is a request, or what was refused as one. False when the peer has closed or was too slow.
asio::awaitable<bool> DevelopmentReceiver::receive(SocketDeadline::Socket& socket, SocketDeadline& deadline,
                                                   RequestReader& reader) {
    auto waiting = RequestReader::State::refused;
    while (reader.state() < RequestReader::State::complete) {
        if (reader.awaits_limit()) {
            reader.limit_body(body_limit);
            continue;
        }
        if (reader.state() == RequestReader::State::idle) {
            deadline.set_idle(idle_time);
        } else if (waiting != RequestReader::State::header) {
            waiting = RequestReader::State::header;
            deadline.set(request_time);
        }
        const auto [error, count] = co_await socket.async_read_some(reader.room(), as_tuple);
        if (error) co_return false;
        reader.received(count);
    }
    co_return true;
}

asio::awaitable<DevelopmentReceiver::Reply> DevelopmentReceiver::answer(const Request& request) {
    if (request.verb == http::verb::get && parameter(request.target, "event") == "activate")
        co_return answer_challenge(request.target);
    if (request.verb == http::verb::post) {
        auto reply = co_await take_delivery(request);
        co_return reply;
    }
    show("refused: neither a delivery nor a challenge: " + quote(request.target));
    co_return Reply{400, {}};
}

DevelopmentReceiver::Reply DevelopmentReceiver::answer_challenge(const std::string_view target) {
    const auto app_id = parameter(target, "app_id");
    const auto challenge = parameter(target, "challenge");
    const auto token = parameter(target, "verification_token");
    const auto who = "challenge for app " + quote(app_id);
    if (options_.verification_token && token != *options_.verification_token) {
        show(who + " refused: another verification token than --verification-token");
        return {403, {}};
    }
    if (!is_number(challenge)) {
        show(who + " refused: challenge: found " + quote(challenge) + ", expected a number");
        return {400, {}};
    }
    show(who + " answered");
    return {200, R"({"challenge":)" + challenge + "}"};
}

asio::awaitable<DevelopmentReceiver::Reply> DevelopmentReceiver::take_delivery(const Request& request) {
    const auto delivery = read_delivery(request.body);
    if (!delivery) {
        show(R"(refused: a body that is not {"app_id":…,"events":[{…},…]})");
        co_return Reply{400, {}};
    }
    save(request);
    const auto rsa = co_await check_rsa(request, text_of(*delivery, "app_id"));
    const auto standard = check_standard(request);
    const unsigned status = options_.answer.value_or(rsa.good && standard.good ? 200 : 401);
    for (const auto& value : delivery->at("events").get_array()) {
        const auto& event = value.get_object();
        show(text_of(event, "type") + "  " + text_of(event, "id") + "  RSASSA-PSS " + rsa.text +
             ", Standard Webhooks " + standard.text + ", answered " + std::to_string(status));
        out_ << "    " << printable(shown_payload(event)) << std::endl;
    }
    co_return Reply{status, {}};
}

asio::awaitable<DevelopmentReceiver::Check> DevelopmentReceiver::check_rsa(const Request& request,
                                                                           std::string app_id) {
    if (!keys_) co_return Check{true, "not verified (no --gateway)"};
    auto found = co_await keys_->find(std::move(app_id), std::string(request.key_id));
    if (!found.key) co_return judged(std::move(found.fault));
    co_return judged(rsa_fault(*found.key, request.headers, request.body));
}

DevelopmentReceiver::Check DevelopmentReceiver::check_standard(const Request& request) const {
    if (!options_.secret) return {true, "not verified (no --secret)"};
    return judged(standard_fault(*options_.secret, request.headers, request.body, clock_()));
}

DevelopmentReceiver::Check DevelopmentReceiver::judged(const std::optional<std::string>& fault) {
    return fault ? Check{false, "NOT VERIFIED (" + *fault + ")"} : Check{true, "verified"};
}

void DevelopmentReceiver::save(const Request& request) {
    if (options_.save.empty()) return;
    const auto name = (options_.save / std::to_string(++saved_)).string();
    std::ofstream body(name + ".body", std::ios::binary);
    std::ofstream headers(name + ".headers", std::ios::binary);
    headers << "X-Webhook-Signature: " << request.headers.rsa_signature
            << "\nX-Webhook-Signature-Key-Id: " << request.key_id << "\nwebhook-id: " << request.headers.id
            << "\nwebhook-timestamp: " << request.headers.timestamp
            << "\nwebhook-signature: " << request.headers.signature << '\n';
    const bool written = (body << request.body).flush() && headers.flush();
    if (!written) show("cannot write " + name + ".body and .headers; is the disk full?");
}

/// One line, safe on a terminal, whatever has come.
void DevelopmentReceiver::show(const std::string_view line) {
    out_ << format_timestamp(clock_()) << "  " << printable(line) << std::endl;
}

}  // namespace gateway::command
