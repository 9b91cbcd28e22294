// Bytes that no honest client sends: each is answered and the connection closed, and the next client is
// served.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

struct Malformed {
    std::string_view reason;
    std::string bytes;
    int status = 400;
    std::string_view code = "invalid_request";
};

/// A request to /healthz with these lines in its head and this after it.
std::string with(const std::string& lines, const std::string& after = {}) {
    return "GET /healthz HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n" + after;
}

const std::string two_lengths = "Content-Length: 5\r\nContent-Length: 6\r\n";
const std::string length = "Content-Length: 5\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";

const Malformed malformed_requests[] = {
    {"garbage", "\x16\x03\x01\x02 this is no HTTP\r\n\r\n"},
    {"NUL bytes", std::string(64, '\0')},
    {"a NUL byte in a header", with(std::string("X: a\0b\r\n", 8))},
    {"a NUL byte in the target", std::string("GET /health\0z HTTP/1.1\r\n\r\n", 26)},
    {"a bare line feed", "GET /healthz HTTP/1.1\nHost: x\n\n"},
    {"a bare line feed in a header", with("X: a\nY: b\r\n")},
    {"a space in the target", "GET /heal thz HTTP/1.1\r\n\r\n"},
    {"no target", "GET HTTP/1.1\r\n\r\n"},
    {"no version", "GET /healthz\r\n\r\n"},
    {"an unknown version", "GET /healthz HTTP/2.0\r\n\r\n"},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"a space before the colon", with("X : a\r\n")},
    {"a header without a colon", with("no header\r\n")},
    {"both lengths", with(length + chunked, "0\r\n\r\n")},
    {"both lengths, the other way round", with(chunked + length, "0\r\n\r\n")},
    {"a length beside an encoding that is not known",
     with("Transfer-Encoding: identity\r\n" + length, "12345")},
    {"an encoding that is not known", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {"an encoding below the chunks", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
    {"an encoding in HTTP/1.0", "GET /healthz HTTP/1.0\r\n" + chunked + "\r\n0\r\n\r\n"},
    {"an encoding after the chunks", with("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"two encodings", with(chunked + chunked, "0\r\n\r\n")},
    {"two lengths", with(two_lengths, "123456")},
    {"two lengths in one", with("Content-Length: 5, 6\r\n", "123456")},
    {"a negative length", with("Content-Length: -1\r\n")},
    {"a length with a sign", with("Content-Length: +5\r\n", "12345")},
    {"a length that is no number", with("Content-Length: five\r\n")},
    {"a length beyond all bounds", with("Content-Length: 99999999999999999999\r\n")},
    {"a chunk size that is no number", with(chunked, "x\r\n")},
    {"a chunk size beyond all bounds", with(chunked, "fffffffffffffffff\r\n")},
    {"a chunk longer than it says", with(chunked, "1\r\nab\r\n0\r\n\r\n")},
    {"a body that is too large", with("Content-Length: 65537\r\n"), 413, "payload_too_large"},
    {"an immense body", with("Content-Length: 18446744073709551615\r\n"), 413, "payload_too_large"},
    {"a chunk that is too large", with(chunked, "10001\r\n"), 413, "payload_too_large"},
    {"chunks that are too large together",
     with(chunked,
          "8000\r\n" + std::string(0x8000, 'x') + "\r\n8001\r\n" + std::string(0x8001, 'x') + "\r\n"),
     413, "payload_too_large"},
    {"a header that is too large", with("X: " + std::string(9'000, 'x') + "\r\n"), 431, "headers_too_large"},
    {"a header without an end", "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), 431,
     "headers_too_large"},
    {"headers without an end", "GET / HTTP/1.1\r\n" + std::string(9'000, 'x'), 431, "headers_too_large"},
    {"a target without an end", "GET /" + std::string(20'000, 'x'), 431, "headers_too_large"},
    {"a method without an end", std::string(20'000, 'G'), 431, "headers_too_large"},
    {"a chunk extension without an end", with(chunked, "1;" + std::string(40'000, 'x')), 431,
     "headers_too_large"},
    {"a trailer without an end", with(chunked, "0\r\nX: " + std::string(40'000, 'x')), 431,
     "headers_too_large"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(malformed_http_test)

BOOST_AUTO_TEST_CASE(a_malformed_request_is_answered_and_the_connection_closed) {
    const TestServer server;
    for (const auto& [reason, bytes, status, code] : malformed_requests) {
        BOOST_TEST_CONTEXT(reason) {
            auto client = server.connect();
            client.send(bytes);
            const auto answer = client.receive();
            BOOST_TEST(answer.status == status);
            BOOST_TEST(answer.code() == code);
            BOOST_TEST(!answer.keep_alive);
            BOOST_TEST(!answer.header("X-Request-Id").empty());
            client.finish_sending();
            BOOST_TEST(client.receive_until_closed().empty());
        }
    }
    BOOST_TEST(server.request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_behind_a_malformed_request_is_not_looked_at) {
    const TestServer server;
    auto client = server.connect();
    client.send(with("X : a\r\n", with({})));
    BOOST_TEST(client.receive().status == 400);
    client.finish_sending();
    BOOST_TEST(client.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(the_largest_body_and_nearly_the_largest_header_are_taken) {
    const TestServer server;
    auto client = server.connect();
    client.send(with("Content-Length: 65536\r\n", std::string(65'536, 'x')));
    BOOST_TEST(client.receive().status == 200);
    client.send(with("X: " + std::string(8'000, 'x') + "\r\n"));
    BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
