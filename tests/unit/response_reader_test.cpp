#include "server/outgoing/response_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(response_reader_test)

namespace {

using gateway::outgoing::ResponseLimits;
using gateway::outgoing::ResponseReader;

constexpr std::size_t all_at_once = 1 << 20;

void feed(ResponseReader& reader, std::string_view bytes, const std::size_t piece) {
    while (!bytes.empty() && !reader.done()) {
        const auto room = reader.room();
        BOOST_REQUIRE_GT(room.size(), 0U);
        const std::size_t count = std::min({piece, bytes.size(), room.size()});
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        reader.received(count);
    }
    if (!reader.done()) reader.ended();
    BOOST_REQUIRE(reader.done());
}

// E.g. `200 "body"`, with " truncated" and " again" (another request may follow), or why it failed.
std::string outcome(ResponseReader& reader) {
    const bool again = reader.leaves_connection_usable();
    const auto response = reader.take();
    if (!response) return std::string(to_string(response.error().failure)) + ": " + response.error().detail;
    return std::to_string(response->status) + " \"" + response->body + "\"" +
           (response->truncated ? " truncated" : "") + (again ? " again" : "");
}

std::string read(const std::string_view bytes, const std::size_t piece = all_at_once,
                 const ResponseLimits limits = {}, const bool head = false) {
    ResponseReader reader(limits, head);
    feed(reader, bytes, piece);
    return outcome(reader);
}

struct Vector {
    std::string bytes;
    std::string outcome;
};

std::string times(const std::size_t count, const std::string_view text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

// A prefix of the outcome is enough: the rest is the parser's wording.
const std::vector<Vector> vectors{
    // What is well.
    {ok + "Content-Length: 5\r\n\r\nhello", R"(200 "hello" again)"},
    {ok + "Content-Length: 0\r\n\r\n", R"(200 "" again)"},
    {ok + "Content-Length: 5\r\nConnection: close\r\n\r\nhello", R"(200 "hello")"},
    {ok + "content-length: 5 , 5\r\n\r\nhello", R"(200 "hello" again)"},
    {ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", R"(200 "hello" again)"},
    {"HTTP/1.1 204 \r\n\r\n", R"(204 "" again)"},
    {"HTTP/1.1 204\r\n\r\n", R"(204 "" again)"},
    {"HTTP/1.0 200\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", R"(200 "hello" again)"},
    {"HTTP/1.1 103\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", R"(200 "hi" again)"},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", R"(304 "" again)"},
    {"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", R"(999 "" again)"},
    {ok + "\r\nuntil the end", R"(200 "until the end")"},
    {ok + "\r\n", R"(200 "")"},
    {"HTTP/1.0 200 OK\r\n\r\nold", R"(200 "old")"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", R"(200 "old")"},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", R"(200 "old" again)"},
    {chunked + "0\r\n\r\n", R"(200 "" again)"},
    {chunked + "5\r\nhello\r\n0\r\n\r\n", R"(200 "hello" again)"},
    {chunked + "5;a=b;c=\"d\"\r\nhello\r\n000\r\nTrailer: x\r\n\r\n", R"(200 "hello" again)"},
    {chunked + "1\r\na\r\n1\r\nb\r\nA\r\n0123456789\r\n0;x\r\n\r\n", R"(200 "ab0123456789" again)"},
    {"HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", R"(200 "hi" again)"},
    {"HTTP/1.1 102 Wait\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi",
     R"(200 "hi" again)"},
    // Bytes behind the response.
    {ok + "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", R"(200 "hello")"},
    {"HTTP/1.1 204 \r\nContent-Length: 5\r\n\r\nhello", R"(204 "")"},
    // What ends early.
    {"", "protocol: closed before it answered"},
    {"H", "protocol: closed in the middle"},
    {ok, "protocol: closed in the middle"},
    {ok + "Content-Length: 5\r\n\r\nhell", "protocol: closed in the middle"},
    {"HTTP/1.1 100 Continue\r\n\r\n", "protocol: closed in the middle"},
    {chunked, "protocol: closed in the middle"},
    {chunked + "0\r\n", "protocol: closed in the middle"},
    {chunked + "0\r\n\r", "protocol: closed in the middle"},
    {chunked + "5\r\nhello\r\n", "protocol: closed in the middle"},
    {chunked + "5\r\nhello\r\n0\r\n", "protocol: closed in the middle"},
    // What is not HTTP, or not of ours.
    {"\r\n\r\n", "protocol: "},
    {std::string(64, '\0'), "protocol: "},
    {"SSH-2.0-OpenSSH_9.2\r\n", "protocol: "},
    {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9), "protocol: "},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "protocol: "},
    {"HTTP/2 200\r\n\r\n", "protocol: "},
    {"HTTP/2.0 200 OK\r\n\r\n", "protocol: "},
    {"HTTP/0.9 200 OK\r\n\r\n", "protocol: "},
    {"http/1.1 200 OK\r\n\r\n", "protocol: "},
    {"<html>hello</html>", "protocol: "},
    {"HTTP/1.1  200 OK\r\n\r\n", "protocol: "},
    {"HTTP/1.1 200\n\r\n", "protocol: "},
    {"HTTP/1.1 200\rX: y\r\n\r\n", "protocol: "},
    {"HTTP/1.1 20\r\n\r\n", "protocol: "},
    {"HTTP/1.1 2000\r\n\r\n", "protocol: "},
    {"HTTP/1.1 20 OK\r\n\r\n", "protocol: "},
    {"HTTP/1.1 2000 OK\r\n\r\n", "protocol: "},
    {"HTTP/1.1 -20 OK\r\n\r\n", "protocol: "},
    {"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "protocol: status 99"},
    {"HTTP/1.1 000 Low\r\nContent-Length: 0\r\n\r\n", "protocol: status 0"},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "protocol: status 101"},
    {ok + "No colon\r\n\r\n", "protocol: "},
    {ok + "Space : x\r\n\r\n", "protocol: "},
    {ok + ": no name\r\n\r\n", "protocol: "},
    {ok + "Bare: \n\r\n\r\n", "protocol: "},
    {ok + std::string("Nul: a\0b\r\n\r\n", 12), "protocol: "},
    // Lengths and codings that leave doubt.
    {ok + "Content-Length: -1\r\n\r\n", "protocol: "},
    {ok + "Content-Length: +1\r\n\r\nx", "protocol: "},
    {ok + "Content-Length: 0x5\r\n\r\nhello", "protocol: "},
    {ok + "Content-Length: \r\n\r\n", "protocol: "},
    {ok + "Content-Length: 5, 6\r\n\r\nhello!", "protocol: "},
    {ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "protocol: "},
    {ok + "Content-Length: 18446744073709551616\r\n\r\n", "protocol: "},
    {ok + "Content-Length: 99999999999999999999999999\r\n\r\n", "protocol: "},
    {ok + "Content-Length: 18446744073709551615\r\n\r\nhi", "protocol: closed in the middle"},
    {ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol: "},
    {ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "protocol: "},
    {ok + "Transfer-Encoding: gzip\r\n\r\nxx", "protocol: a transfer coding"},
    {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "protocol: a transfer coding"},
    {ok + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "protocol: a transfer coding"},
    {ok + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "protocol: a transfer coding"},
    {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol: "},
    {ok + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", "protocol: a transfer coding"},
    // Chunks.
    {chunked + "x\r\nhello\r\n", "protocol: "},
    {chunked + "\r\nhello\r\n", "protocol: "},
    {chunked + "-5\r\nhello\r\n0\r\n\r\n", "protocol: "},
    {chunked + "5\nhello\n0\n\n", "protocol: "},
    {chunked + "5\r\nhello!!0\r\n\r\n", "protocol: "},
    {chunked + "5 x\r\nhello\r\n0\r\n\r\n", "protocol: "},
    {chunked + "5;=\r\nhello\r\n0\r\n\r\n", "protocol: "},
    {chunked + "11111111111111111\r\nhello\r\n", "protocol: "},
    {chunked + "FFFFFFFFFFFFFFFF\r\nhello", "protocol: closed in the middle"},
    {chunked + "0\r\nContent-Length: 5\r\n\r\n", "protocol: "},
    {chunked + "0\r\nno colon\r\n\r\n", "protocol: "},
    {chunked + "5;" + std::string(30'000, 'x'), "protocol: a chunk without an end"},
    {chunked + std::string(30'000, '0'), "protocol: a chunk without an end"},
    {chunked + "0\r\n" + times(3000, "Trailer: x\r\n"), "protocol: a chunk without an end"},
    // Headers beyond the limit.
    {"HTTP/1.1 200 " + std::string(17'000, 'x') + "\r\n\r\n", "protocol: header"},
    {ok + "X: " + std::string(17'000, 'x') + "\r\n\r\n", "protocol: header"},
    {ok + std::string(17'000, 'x'), "protocol: header"},
    {ok + times(1700, "X: yyyyy\r\n") + "\r\n", "protocol: header"},
    {times(1000, "HTTP/1.1 100 Continue\r\n\r\n"), "protocol: header"},
    {ok + times(2000, "X: 1\r\n ") + "\r\n", "protocol: "},
};

}  // namespace

BOOST_AUTO_TEST_CASE(whatever_comes_is_a_response_or_a_protocol_failure_however_it_is_cut_into_pieces) {
    for (const auto& [bytes, expected] : vectors) {
        const std::string whole = read(bytes);
        BOOST_TEST_CONTEXT(bytes.substr(0, 100)) {
            BOOST_TEST(whole.substr(0, expected.size()) == expected);
            if (expected.starts_with("2")) BOOST_TEST(whole == expected);
            for (const std::size_t piece : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 11U}) {
                BOOST_TEST_CONTEXT("pieces of " << piece) {
                    const std::string pieces = read(bytes, piece);
                    // Which fault shows first, and whether bytes behind the response have come by then,
                    // depends on the pieces.
                    const auto least = std::min(expected.size(), std::string_view("protocol: ").size());
                    BOOST_TEST(pieces.substr(0, least) == expected.substr(0, least));
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_place_to_cut_a_chunked_response_gives_the_same) {
    const std::string bytes = chunked + "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n";
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        ResponseReader reader({});
        for (const std::string_view part :
             {std::string_view(bytes).substr(0, cut), std::string_view(bytes).substr(cut)}) {
            std::memcpy(reader.room().data(), part.data(), part.size());
            reader.received(part.size());
        }
        BOOST_TEST_CONTEXT("cut at " << cut) {
            BOOST_TEST(outcome(reader) == R"(200 "hello!" again)");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_http_is_refused_without_waiting_for_its_end) {
    const std::string bytes = chunked + "no length\r\n";
    ResponseReader reader({});
    std::memcpy(reader.room().data(), bytes.data(), bytes.size());
    reader.received(bytes.size());
    BOOST_TEST(reader.done());
    BOOST_TEST(outcome(reader).starts_with("protocol: "));
}

std::string response_with_header_of(const std::size_t size) {
    const std::string end = "Content-Length: 0\r\n\r\n";
    const std::size_t room = size - ok.size() - end.size();
    const std::string fields = times(room / 10 - 2, "X: yyyyy\r\n");
    return ok + fields + "X: " + std::string(room - fields.size() - 5, 'y') + "\r\n" + end;
}

BOOST_AUTO_TEST_CASE(headers_of_exactly_the_limit_are_taken_and_of_a_byte_more_refused_however_they_come) {
    const ResponseLimits limits{.header = 1000, .body = 10};
    for (const std::size_t piece : {std::size_t{1}, std::size_t{10}, all_at_once}) {
        BOOST_TEST_CONTEXT("pieces of " << piece) {
            BOOST_TEST(read(response_with_header_of(1000), piece, limits) == R"(200 "" again)");
            BOOST_TEST(read(response_with_header_of(1001), piece, limits).starts_with("protocol: header"));
        }
    }
}

BOOST_AUTO_TEST_CASE(of_a_body_beyond_the_limit_the_beginning_is_read) {
    const std::string twenty(20, 'x');
    const std::vector<Vector> bodies{
        {ok + "Content-Length: 20\r\n\r\n" + twenty, "200 \"" + twenty + "\" again"},
        {ok + "Content-Length: 21\r\n\r\n" + twenty + "x", "200 \"" + twenty + "\" truncated"},
        {ok + "Content-Length: 99999999999999\r\n\r\n" + twenty + "x", "200 \"" + twenty + "\" truncated"},
        {ok + "\r\n" + twenty, "200 \"" + twenty + "\""},
        {ok + "\r\n" + twenty + "x", "200 \"" + twenty + "\" truncated"},
        // What frames the chunks counts: 3 + 10 + 2 bytes and 5 for the end.
        {chunked + "A\r\n0123456789\r\n0\r\n\r\n", R"(200 "0123456789" again)"},
        {chunked + "B\r\n0123456789A\r\n0\r\n\r\n", R"(200 "0123456789A" truncated)"},
        {chunked + times(1000, "1\r\nx\r\n"), R"(200 "xxx" truncated)"},
    };
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, all_at_once}) {
        for (const auto& [bytes, expected] : bodies) {
            BOOST_TEST_CONTEXT("pieces of " << piece << " of " << bytes) {
                BOOST_TEST(read(bytes, piece, {.header = 1000, .body = 20}) == expected);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_answer_to_head_has_no_body) {
    BOOST_TEST(read(ok + "Content-Length: 5\r\n\r\n", all_at_once, {}, true) == R"(200 "" again)");
    BOOST_TEST(read(chunked, all_at_once, {}, true) == R"(200 "" again)");
}

BOOST_AUTO_TEST_CASE(retry_after_is_given_as_it_is) {
    ResponseReader reader({});
    feed(reader,
         "HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n",
         all_at_once);
    const auto response = reader.take();
    BOOST_REQUIRE(response.has_value());
    BOOST_TEST(response->retry_after.value_or("none") == "Fri, 31 Dec 1999 23:59:59 GMT");
}

BOOST_AUTO_TEST_CASE(nothing_has_begun_before_the_first_byte) {
    ResponseReader silent({});
    silent.ended();
    BOOST_TEST(!silent.begun());
    ResponseReader garbage({});
    feed(garbage, "x", 1);
    BOOST_TEST(garbage.begun());
}

BOOST_AUTO_TEST_SUITE_END()
