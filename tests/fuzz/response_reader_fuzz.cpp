// What a receiver answers, however it is cut: the same response, and no more of it than is allowed.

#include "server/outgoing/response_reader.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace gateway::fuzz {

namespace {

using outgoing::ResponseLimits;
using outgoing::ResponseReader;

std::string read(std::string_view bytes, const std::size_t piece, const ResponseLimits limits,
                 const bool head) {
    ResponseReader reader(limits, head);
    while (!bytes.empty() && !reader.done()) {
        const auto room = reader.room();
        expect(room.size() > 0, "there is room for the next bytes");
        const auto count = std::min({piece, room.size(), bytes.size()});
        boost::asio::buffer_copy(room, boost::asio::buffer(bytes.data(), count));
        bytes.remove_prefix(count);
        reader.received(count);
    }
    if (!reader.done()) reader.ended();
    expect(reader.done(), "a response ends with its connection");
    // Bytes behind the response may have come with it, or not yet.
    const bool usable = reader.leaves_connection_usable() && bytes.empty();
    const auto response = reader.take();
    if (!response) {
        expect(!usable, "after a failure no request follows");
        expect(is_one_line(response.error().detail), "a failure is one line");
        return std::string(to_string(response.error().failure));
    }
    expect(response->status >= 200 && response->status <= 999, "a status is one of an answer");
    expect(response->body.size() <= limits.body, "a body is within its limit");
    expect(!head || response->body.empty(), "no body answers HEAD");
    expect(!(usable && response->truncated), "after a part of an answer no request follows");
    return std::to_string(response->status) + ' ' + response->retry_after.value_or("none") + ' ' +
           response->body + (response->truncated ? " and more" : "") + (usable ? " and on" : "");
}

}  // namespace

void try_input(const std::string_view input) {
    for (const bool head : {false, true}) {
        const auto whole = read(input, input.size(), {}, head);
        for (const std::size_t piece : {1U, 7U})
            expect(read(input, piece, {}, head) == whole, "a response is the same however its bytes are cut");
        read(input, input.size(), {.header = 64, .body = 16}, head);
        read(input, 5, {.header = 64, .body = 16}, head);
    }
}

}  // namespace gateway::fuzz
