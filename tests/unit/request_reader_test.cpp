// The bytes of requests, however they are cut into pieces.

#include "server/gateway/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace gateway::test {

namespace {

using State = RequestReader::State;

constexpr std::size_t header_limit = 8'192;

/// Gives the bytes to the reader in pieces of at most `piece`; what comes of them, a line for each request.
std::string read_in_pieces(const std::string& bytes, const std::size_t piece) {
    RequestReader reader(header_limit);
    std::string story;
    const auto tell = [&] {
        if (reader.awaits_limit()) reader.limit_body(65'536);
        while (reader.state() == State::complete) {
            const auto& request = reader.request();
            story.append(request.method_string()).append(" ").append(request.target()).append(" ");
            story.append(request["X"]).append(" ").append(request.body()).append("\n");
            reader.next();
            if (reader.awaits_limit()) reader.limit_body(65'536);
        }
        return reader.state() != State::refused;
    };
    for (std::size_t at = 0; at < bytes.size() && tell();) {
        const auto room = reader.room();
        const auto count = std::min({piece, room.size(), bytes.size() - at});
        boost::asio::buffer_copy(room, boost::asio::buffer(bytes.data() + at, count));
        reader.received(count);
        at += count;
    }
    if (!tell()) return story + reader.refusal().message;
    return story + (reader.state() == State::idle     ? "idle"
                    : reader.state() == State::header ? "header"
                                                      : "body");
}

std::string read(const std::string& bytes) {
    return read_in_pieces(bytes, std::string::npos);
}

const std::string host = "Host: gateway.example\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";

std::string post(const std::string& lines, const std::string& body) {
    return "POST /a HTTP/1.1\r\n" + host + lines + "\r\n" + body;
}

const std::string no_host = "The request is not HTTP/1.1: no Host header.";
const std::string two_hosts = "The request is not HTTP/1.1: more than one Host header.";
const std::string bad_host = "The request is not HTTP/1.1: a Host header that is no host.";
const std::string too_large = "The request line and headers are larger than 8192 bytes.";

/// Requests that browsers, proxies and command-line tools send.
const std::vector<std::string> honest_requests{
    "GET /a HTTP/1.1\r\n" + host + "\r\n",
    "GET http://gateway.example/a?b=c HTTP/1.1\r\nHost: gateway.example:8080\r\n\r\n",
    "GET /a HTTP/1.0\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: [::1]:8080\r\nX: \r\n\r\n",
    post("Content-Length: 5\r\n", "hello"),
    post("Content-Length: 0005\r\nContent-Type: application/json\r\n", "hello"),
    post("X: 1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n", ""),
    post(chunked, "5\r\nhello\r\n0\r\n\r\n"),
    post(chunked, "A;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
    post(chunked, "1\r\na\r\n01\r\nb\r\n000\r\n\r\n"),
    post(chunked, "0\r\n\r\n"),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(request_reader_test)

BOOST_AUTO_TEST_CASE(requests_are_the_same_however_the_bytes_are_cut) {
    for (const auto& first : honest_requests) {
        for (const auto& second : honest_requests) {
            const auto bytes = first + second;
            const auto story = read(bytes);
            BOOST_TEST(story.ends_with("idle"), bytes << story);
            BOOST_TEST(std::ranges::count(story, '\n') == 2);
            for (std::size_t piece = 1; piece < 12; ++piece)
                BOOST_TEST(read_in_pieces(bytes, piece) == story);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_request_is_for_exactly_one_host) {
    BOOST_TEST(read("GET / HTTP/1.1\r\n\r\n") == no_host);
    BOOST_TEST(read("GET / HTTP/1.1\r\n" + host + host + "\r\n") == two_hosts);
    BOOST_TEST(read("GET / HTTP/1.0\r\n" + host + host + "\r\n") == two_hosts);
    for (const std::string_view wrong :
         {"a b", "user@host", "http://a", "a/b", "a?b", "a#b", "a\"b", "a:b", "::1", "[::1", "%zz"})
        BOOST_TEST(read("GET / HTTP/1.1\r\nHost: " + std::string(wrong) + "\r\n\r\n") == bad_host);
    for (const auto* const fine : {"", " 192.0.2.1.example:80", " 192.0.2.1", " [::1]"})
        BOOST_TEST(read("GET / HTTP/1.1\r\nHost:" + std::string(fine) + "\r\n\r\n") == "GET /  \nidle", fine);
}

BOOST_AUTO_TEST_CASE(a_trailer_does_not_pass_for_a_header) {
    const auto body = "1\r\na\r\n0\r\nX: forged\r\nAuthorization: Bearer forged\r\n\r\n";
    BOOST_TEST(read(post(chunked, body)) == "POST /a  a\nidle");
    BOOST_TEST(read(post(chunked + "X: real\r\n", body)) == "POST /a real a\nidle");
}

BOOST_AUTO_TEST_CASE(a_chunk_extension_holds_no_line_feed) {
    const std::string fault = "The request is not HTTP/1.1: bad chunk extension.";
    BOOST_TEST(read(post(chunked, "1;a=\"b c\"\r\na\r\n0\r\n\r\n")) == "POST /a  a\nidle");
    BOOST_TEST(read(post(chunked, "1;a=\"\n\"\r\na\r\n0\r\n\r\n")) == fault);
}

BOOST_AUTO_TEST_CASE(a_field_that_goes_on_in_a_second_line_is_refused) {
    const std::string fault = "The request is not HTTP/1.1: a header that goes on in a second line.";
    for (const std::string_view fold : {"X: a\r\n  b\r\n", "X: a\r\n\tb\r\n", "X:\r\n a\r\n", "X: a\r\n \r\n",
                                        "Y: z\r\nX: a\r\n b\r\nZ: y\r\n"}) {
        const auto bytes = post(std::string(fold), "");
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()})
            BOOST_TEST(read_in_pieces(bytes, piece) == fault);
    }
    BOOST_TEST(read("POST /a HTTP/1.1\r\n Host: x\r\n\r\n").starts_with("The request is not HTTP/1.1"));
    // In a body it is no field.
    BOOST_TEST(read(post("Content-Length: 4\r\n", "a\r\n ")) == "POST /a  a\r\n \nidle");
}

BOOST_AUTO_TEST_CASE(a_length_is_told_once) {
    const std::string fields = "The request is not HTTP/1.1: more than one Content-Length header.";
    const std::string values = "The request is not HTTP/1.1: more than one length in Content-Length.";
    for (const std::string length : {"0", "1"}) {
        const auto field = "Content-Length: " + length + "\r\n";
        BOOST_TEST(read(post(field + field, "a")) == fields);
        BOOST_TEST(read(post("Content-Length: " + length + ", " + length + "\r\n", "a")) == values);
    }
}

BOOST_AUTO_TEST_CASE(a_request_has_one_authorization) {
    const std::string one = "Authorization: Bearer a\r\n";
    BOOST_TEST(read(post(one, "")) == "POST /a  \nidle");
    const std::string fault = "The request is not HTTP/1.1: more than one Authorization header.";
    BOOST_TEST(read(post(one + one, "")) == fault);
    BOOST_TEST(read(post(one + "authorization: Basic x\r\n", "")) == fault);
}

BOOST_AUTO_TEST_CASE(an_absolute_target_names_a_host) {
    const auto get = [](const std::string& target) {
        return read("GET " + target + " HTTP/1.1\r\n" + host + "\r\n");
    };
    for (const std::string target : {"http://a/b", "HTTP://a:8080/b", "https://[::1]?x", "http://a"})
        BOOST_TEST(get(target) == "GET " + target + "  \nidle");
    for (const std::string target : {"http:///b", "HTTP://", "http://?b", "https://:8080/b", "http://#"})
        BOOST_TEST(get(target) == "The request is not HTTP/1.1: a target without a host.");
    for (const std::string target : {"http://user@a/b", "http://a:b/", "http://[::1/"})
        BOOST_TEST(get(target) == "The request is not HTTP/1.1: a target whose host is no host.");
    BOOST_TEST(get("/http:///b") == "GET /http:///b  \nidle");
}

BOOST_AUTO_TEST_CASE(what_frames_the_chunks_is_bounded) {
    const auto body_of = [](const std::string& chunk) {
        std::string body;
        while (body.size() < 40'000)
            body += chunk;
        return body + "0\r\n\r\n";
    };
    const std::string extension = "1;a=" + std::string(100, 'x') + "\r\na\r\n";
    const std::string zeros = std::string(100, '0') + "1\r\na\r\n";
    for (const auto& chunk : {extension, zeros}) {
        const auto bytes = post(chunked, body_of(chunk));
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1'000}, bytes.size()}) {
            BOOST_TEST(
                read_in_pieces(bytes, piece) ==
                "The sizes, extensions and trailers of the body's chunks are larger than 8192 bytes and "
                "what the body itself explains.");
        }
    }
    BOOST_TEST(read(post(chunked, body_of("1\r\na\r\n"))).ends_with("idle"));
    BOOST_TEST(
        read(post(chunked, "2710\r\n" + std::string(10'000, 'a') + "\r\n0\r\n\r\n")).ends_with("idle"));
}

BOOST_AUTO_TEST_CASE(the_beginning_of_tls_is_told_apart_from_garbage) {
    const auto answer = read("\x16\x03\x01\x02");
    BOOST_TEST(answer.starts_with("This port speaks plain HTTP, and what came is the beginning of TLS"));
    BOOST_TEST(read("\x16") == answer);
    BOOST_TEST(read("\x17").starts_with("The request is not HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_header_holds_for_all_its_fields_together) {
    std::string fields;
    constexpr std::string_view field = "Y: 0123456789\r\n";
    while (fields.size() < 9'000)
        fields += field;
    const auto bytes = post(fields, "");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{5'000}, bytes.size()})
        BOOST_TEST(read_in_pieces(bytes, piece) == too_large);
    BOOST_TEST(read(post(fields.substr(0, 500 * field.size()), "")).ends_with("idle"));
}

BOOST_AUTO_TEST_CASE(empty_lines_before_a_request_are_passed_over_within_the_limit) {
    const auto& request = honest_requests.front();
    const auto bytes = "\r\n\r\n" + request + "\r\n" + request;
    for (std::size_t piece = 1; piece < 5; ++piece)
        BOOST_TEST(read_in_pieces(bytes, piece) == "GET /a  \nGET /a  \nidle");
    std::string lines;
    while (lines.size() < 9'000)
        lines += "\r\n";
    BOOST_TEST(read(lines + request) == too_large);
    BOOST_TEST(read(lines) == too_large);  // no request needs to follow
    BOOST_TEST(read("\n" + request).starts_with("The request is not HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(the_connection_lives_on_unless_a_field_or_the_version_says_otherwise) {
    const std::vector<std::pair<std::string, bool>> requests{
        {"GET /a HTTP/1.1\r\n" + host + "\r\n", true},
        {"GET /a HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", false},
        {"GET /a HTTP/1.1\r\n" + host + "Connection: upgrade, Close\r\n\r\n", false},
        {"GET /a HTTP/1.1\r\n" + host + "Connection: x\r\nConnection: close\r\n\r\n", false},
        {"GET /a HTTP/1.0\r\n\r\n", false},
        {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
        {"GET /a HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
        {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\nConnection: Close\r\n\r\n", false},
    };
    for (const auto& [bytes, lives_on] : requests) {
        RequestReader reader(header_limit);
        reader.received(boost::asio::buffer_copy(reader.room(), boost::asio::buffer(bytes)));
        BOOST_TEST((reader.state() == State::complete));
        BOOST_TEST(reader.keep_alive() == lives_on, bytes);
    }
}

BOOST_AUTO_TEST_CASE(only_a_client_of_http_1_1_is_asked_to_continue) {
    for (const auto& [version, expects] : {std::pair{"1.1", true}, std::pair{"1.0", false}}) {
        RequestReader reader(header_limit);
        const auto bytes = std::string("POST / HTTP/") + version + "\r\n" + host +
                           "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        reader.received(boost::asio::buffer_copy(reader.room(), boost::asio::buffer(bytes)));
        BOOST_TEST((reader.state() == State::body));
        BOOST_TEST(reader.expects_continue() == expects);
    }
}

BOOST_AUTO_TEST_CASE(mangled_requests_end_alike_however_they_are_cut) {
    constexpr std::string_view salt = "\r\n\0 0:;x\xff";
    constexpr unsigned seed = 20'261'124;
    std::mt19937 random(seed);
    const auto below = [&random](const std::size_t limit) { return random() % limit; };
    for (int round = 0; round < 5'000; ++round) {
        auto bytes =
            honest_requests[below(honest_requests.size())] + honest_requests[below(honest_requests.size())];
        for (auto changes = below(3) + 1; changes > 0; --changes) {
            const auto at = below(bytes.size());
            const auto length = below(4);
            switch (below(3)) {
                case 0:
                    bytes[at] = salt[below(salt.size())];
                    break;
                case 1:
                    bytes.erase(at, length);
                    break;
                default:
                    bytes.insert(at, bytes.substr(below(bytes.size()), length));
            }
        }
        const auto whole = read(bytes);
        const auto cut = read_in_pieces(bytes, below(7) + 1);
        // Where it is refused, which of two faults is seen first may depend on what had come by then.
        const bool refused = whole.find("The request") != std::string::npos;
        const auto requests = std::ranges::count(whole, '\n');
        BOOST_TEST(std::ranges::count(cut, '\n') == requests,
                   bytes << "\nwhole: " << whole << "\ncut: " << cut);
        if (!refused) BOOST_TEST(cut == whole, bytes << "\nwhole: " << whole << "\ncut: " << cut);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
