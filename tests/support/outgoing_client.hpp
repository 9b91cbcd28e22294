// The outgoing HTTP client on a thread's own context, for tests against real receivers.
#pragma once

#include "server/outgoing/http_client.hpp"
#include "server/outgoing/tls_context.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::test {

/// Answers from a table. Of several answers to a name each serves one look-up, the last one all that follow.
class TableResolver : public outgoing::Resolver {
  public:
    void add(const std::string& host, const std::vector<std::string>& addresses);

    boost::asio::awaitable<outgoing::OutgoingResult<outgoing::Addresses>> resolve(
        outgoing::LookUp look_up, outgoing::Deadline deadline) override;

    int look_ups = 0;

  private:
    std::map<std::string, std::deque<outgoing::Addresses>> answers_;
};

/// A client that may connect to loopback addresses, trusts `authority` and knows the name "receiver.test".
/// All of it lives on the test's thread.
struct OutgoingClient {
    using Outcome = outgoing::OutgoingResult<outgoing::OutgoingResponse>;

    /// As an I/O thread has it: what still runs in it is destroyed before the parts it uses.
    struct Context : boost::asio::io_context {
        Context() : io_context(1) {}

        void end_coroutines() { shutdown(); }
    };

    CertificateAuthority authority;
    TemporaryFolder folder;
    outgoing::EgressPolicy policy{{"127.0.0.0/8", "::1/128"}};
    TableResolver resolver;
    Context context;  // before `tls`, whose thread may have an answer in hand for it when it is stopped
    outgoing::TlsContext tls{ca_file()};
    std::optional<outgoing::HttpClient> client;

    OutgoingClient();
    ~OutgoingClient();
    OutgoingClient(const OutgoingClient&) = delete;
    OutgoingClient& operator=(const OutgoingClient&) = delete;

    /// Puts a client with other options in the place of the one there is.
    void use(const outgoing::ClientOptions& options);

    /// For a receiver with a certificate of `authority`.
    [[nodiscard]] ReceiverOptions secure(const std::vector<std::string>& hosts) const;

    /// Starts a request; what comes of it is set when it has ended, which also stops the context.
    std::shared_ptr<std::optional<Outcome>> start(outgoing::OutgoingRequest request,
                                                  outgoing::Deadline deadline);

    /// Runs a request to its end.
    Outcome send(outgoing::OutgoingRequest request,
                 std::chrono::milliseconds time = std::chrono::seconds(20));
    Outcome get(const std::string& url, std::chrono::milliseconds time = std::chrono::seconds(20));

    /// The status of get(), or the word of its failure.
    std::string word(const std::string& url, std::chrono::milliseconds time = std::chrono::seconds(20));

    /// Checks that "timeout" comes when the time is up, and no sooner or much later.
    void check_timeout(const std::string& url);

    /// Runs what is left on the context; returns when there is nothing.
    void run_to_the_end();

  private:
    [[nodiscard]] std::filesystem::path ca_file() const;
};

/// For a receiver that speaks TLS.
ReceiverOptions secure_with(Identity identity);

/// "HTTP/1.1 200 OK" and the rest.
std::string ok(std::string_view rest);

}  // namespace gateway::test
