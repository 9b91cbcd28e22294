#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace gateway::outgoing {

using test::answer;
using test::ok;
using test::raw;
using test::Receiver;
using test::Reply;
using test::secure_with;
using test::Validity;

BOOST_FIXTURE_TEST_SUITE(http_client_tls_test, test::OutgoingClient)

BOOST_AUTO_TEST_CASE(a_name_is_sent_ahead_and_the_certificate_has_to_be_for_it) {
    const Receiver receiver(answer(200, "safe"), secure({"receiver.test"}));
    const auto outcome = get(receiver.url("/", "receiver.test"));
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->body == "safe");
    BOOST_TEST(receiver.server_names() == std::vector<std::string>{"receiver.test"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_with_a_final_dot_has_the_certificate_of_the_one_without) {
    resolver.add("receiver.test.", {"127.0.0.1"});
    const Receiver receiver(answer(200), secure({"receiver.test"}));
    BOOST_TEST(word(receiver.url("/", "receiver.test.")) == "200");
    BOOST_TEST(receiver.server_names() == std::vector<std::string>{"receiver.test"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_address_is_not_sent_ahead_and_the_certificate_has_to_be_for_it) {
    const Receiver right(answer(200), secure({"127.0.0.1"}));
    BOOST_TEST(word(right.url()) == "200");
    BOOST_TEST(right.server_names() == std::vector<std::string>{""}, boost::test_tools::per_element());
    const Receiver wrong(answer(200), secure({"127.0.0.2", "receiver.test"}));
    BOOST_TEST(word(wrong.url()) == "tls");
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_host_is_refused) {
    for (const std::string& host :
         std::vector<std::string>{"other.test", "sub.receiver.test", "receiver.test.evil.test", "*.test",
                                  "r*.test", "127.0.0.1"}) {
        const Receiver receiver(answer(200), secure({host}));
        BOOST_TEST_CONTEXT(host) {
            BOOST_TEST(word(receiver.url("/", "receiver.test")) == "tls");
            BOOST_TEST(receiver.requests().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_may_be_for_all_names_of_a_domain) {
    resolver.add("hooks.receiver.test", {"127.0.0.1"});
    const Receiver receiver(answer(200), secure({"*.receiver.test"}));
    BOOST_TEST(word(receiver.url("/", "hooks.receiver.test")) == "200");
}

BOOST_AUTO_TEST_CASE(a_certificate_out_of_its_time_is_refused) {
    for (const auto validity : {Validity::expired, Validity::future}) {
        const Receiver receiver(answer(200), secure_with(authority.issue({"127.0.0.1"}, validity)));
        const auto outcome = get(receiver.url());
        BOOST_REQUIRE(outcome.has_error());
        BOOST_TEST(to_string(outcome.error().failure) == "tls");
        const std::string_view reason = validity == Validity::expired ? "expired" : "not yet valid";
        BOOST_TEST_CONTEXT(outcome.error().detail) {
            BOOST_TEST((outcome.error().detail.find(reason) != std::string::npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_of_an_unknown_authority_is_refused) {
    const test::CertificateAuthority other;
    const Receiver receiver(answer(200), secure_with(other.issue({"127.0.0.1"})));
    BOOST_TEST(word(receiver.url()) == "tls");
    BOOST_TEST(receiver.requests().empty());
}

BOOST_AUTO_TEST_CASE(the_file_of_authorities_is_read_and_a_bad_one_named) {
    const auto empty = folder.path() / "empty.pem";
    std::ofstream(empty) << "no certificate\n";
    for (const auto& path : {empty, folder.path() / "absent.pem", folder.path()}) {
        const auto names_it = [&](const std::runtime_error& error) {
            return std::string_view(error.what()).starts_with(path.string());
        };
        BOOST_CHECK_EXCEPTION(TlsContext{path}, std::runtime_error, names_it);
    }
}

BOOST_AUTO_TEST_CASE(tls_older_than_1_2_is_refused) {
    for (const auto& [newest, expected] : std::map<int, std::string>{{TLS1_VERSION, "tls"},
                                                                     {TLS1_1_VERSION, "tls"},
                                                                     {TLS1_2_VERSION, "200"},
                                                                     {TLS1_3_VERSION, "200"}}) {
        auto options = secure({"127.0.0.1"});
        options.newest_tls = newest;
        const Receiver receiver(answer(200), options);
        BOOST_TEST_CONTEXT(std::hex << newest) {
            BOOST_TEST(word(receiver.url()) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(plain_http_where_tls_is_spoken_and_the_other_way_round_fail) {
    const Receiver plain(answer(200));
    BOOST_TEST(word("https" + plain.url().substr(4)) == "tls");
    const Receiver secret(answer(200), secure({"127.0.0.1"}));
    BOOST_TEST(word("http" + secret.url().substr(5)) == "protocol");
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_needs_the_end_of_tls_said) {
    const Receiver said(raw(ok("\r\nwhole")), secure({"127.0.0.1"}));
    const auto whole = get(said.url());
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST(whole->body == "whole");
    const Receiver cut(raw(ok("\r\nwhole?"), Reply::End::cut), secure({"127.0.0.1"}));
    BOOST_TEST(word(cut.url()) == "protocol");
    const Receiver counted(raw(ok("Content-Length: 5\r\n\r\nwhole"), Reply::End::cut), secure({"127.0.0.1"}));
    BOOST_TEST(word(counted.url()) == "200");
}

BOOST_AUTO_TEST_CASE(threads_may_ask_for_the_tls_context_at_once) {
    std::vector<std::future<asio::ssl::context*>> asked;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        std::promise<asio::ssl::context*> made;
        asked.push_back(made.get_future());
        threads.emplace_back([this, made = std::move(made)]() mutable {
            asio::io_context here(1);
            asio::co_spawn(here, tls.get(),
                           [&](const std::exception_ptr&, asio::ssl::context* const context) {
                               made.set_value(context);
                           });
            here.run();
        });
    }
    for (auto& thread : threads)
        thread.join();
    auto* const first = asked[0].get();
    BOOST_TEST(first != nullptr);
    for (std::size_t i = 1; i < asked.size(); ++i)
        BOOST_TEST(asked[i].get() == first);
}

BOOST_AUTO_TEST_CASE(the_authorities_of_the_system_are_read_on_another_thread) {
    const auto pipe = folder.path() / "authorities";
    BOOST_TEST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    setenv("SSL_CERT_FILE", pipe.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no other thread runs yet
    TlsContext waiting;
    asio::io_context here(1);
    bool made = false;
    asio::co_spawn(here, waiting.get(), [&](const std::exception_ptr&, asio::ssl::context*) { made = true; });
    here.poll();  // it would wait here for whoever writes the pipe
    BOOST_TEST(!made);
    { const std::ofstream nobody(pipe); }
    here.restart();
    here.run();
    BOOST_TEST(made);
    unsetenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe)
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::outgoing
