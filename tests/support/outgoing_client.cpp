#include "tests/support/outgoing_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <fstream>
#include <utility>

namespace gateway::test {

using outgoing::Addresses;
using outgoing::Deadline;
using outgoing::HttpClient;
using outgoing::OutgoingError;
using outgoing::OutgoingFailure;
using outgoing::OutgoingRequest;
using outgoing::OutgoingResult;
namespace asio = boost::asio;

void TableResolver::add(const std::string& host, const std::vector<std::string>& addresses) {
    Addresses answer;
    for (const auto& address : addresses)
        answer.push_back(asio::ip::make_address(address));
    answers_[host].push_back(std::move(answer));
}

asio::awaitable<OutgoingResult<Addresses>> TableResolver::resolve(const outgoing::LookUp look_up, Deadline) {
    ++look_ups;
    const auto found = answers_.find(look_up.host);
    if (found == answers_.end()) co_return OutgoingError{OutgoingFailure::dns, look_up.host + ": unknown"};
    auto& answers = found->second;
    Addresses answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return answer;
}

OutgoingClient::OutgoingClient() {
    resolver.add("receiver.test", {"127.0.0.1"});
    use({});
}

OutgoingClient::~OutgoingClient() {
    context.end_coroutines();
}

void OutgoingClient::use(const outgoing::ClientOptions& options) {
    const HttpClient::Dependencies parts{policy, resolver, tls};
    client.emplace(context, parts, options);
}

std::filesystem::path OutgoingClient::ca_file() const {
    auto path = folder.path() / "authority.pem";
    std::ofstream(path) << authority.certificate();
    return path;
}

ReceiverOptions OutgoingClient::secure(const std::vector<std::string>& hosts) const {
    return secure_with(authority.issue(hosts));
}

std::shared_ptr<std::optional<OutgoingClient::Outcome>> OutgoingClient::start(OutgoingRequest request,
                                                                              const Deadline deadline) {
    auto outcome = std::make_shared<std::optional<Outcome>>();
    const auto keep = [this, outcome](const std::exception_ptr& error, Outcome result) {
        if (error) std::rethrow_exception(error);
        *outcome = std::move(result);
        context.stop();
    };
    asio::co_spawn(context, client->send(std::move(request), deadline), keep);
    return outcome;
}

OutgoingClient::Outcome OutgoingClient::send(OutgoingRequest request, const std::chrono::milliseconds time) {
    const auto outcome = start(std::move(request), std::chrono::steady_clock::now() + time);
    while (!*outcome)
        run_to_the_end();
    return std::move(**outcome);
}

OutgoingClient::Outcome OutgoingClient::get(const std::string& url, const std::chrono::milliseconds time) {
    OutgoingRequest request;
    request.url = url;
    return send(std::move(request), time);
}

std::string OutgoingClient::word(const std::string& url, const std::chrono::milliseconds time) {
    const auto outcome = get(url, time);
    if (outcome) return std::to_string(outcome->status);
    BOOST_TEST_MESSAGE(outcome.error().detail);
    return std::string(to_string(outcome.error().failure));
}

void OutgoingClient::check_timeout(const std::string& url) {
    constexpr std::chrono::milliseconds time{200};
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(word(url, time) == "timeout");
    const auto taken = std::chrono::steady_clock::now() - begin;
    BOOST_TEST((taken >= time && taken < std::chrono::seconds(10)));
}

void OutgoingClient::run_to_the_end() {
    context.restart();
    context.run();
}

ReceiverOptions secure_with(Identity identity) {
    ReceiverOptions options;
    options.identity = std::move(identity);
    return options;
}

std::string ok(const std::string_view rest) {
    return "HTTP/1.1 200 OK\r\n" + std::string(rest);
}

}  // namespace gateway::test
