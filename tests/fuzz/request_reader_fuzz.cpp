// What a client sends, however it is cut: the same requests, and none that breaks a promise of the reader.

#include "server/gateway/request_reader.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace gateway::fuzz {

namespace {

using State = RequestReader::State;

struct RequestLimits {
    std::size_t header = 8'192;
    std::size_t body = 65'536;
};

void check_request(const RequestReader& reader, const RequestLimits& limits) {
    const auto& request = reader.request();
    expect(reader.has_header(), "a complete request has a header");
    expect(request.body().size() <= limits.body, "a body is within its limit");
    expect(!request.target().empty() && !request.method_string().empty(),
           "a request has a method and a target");
    expect(request.count(http::field::host) == 1 || request.version() < 11, "a request names one host");
    constexpr std::string_view line_ends("\r\n\0", 3);
    std::size_t size = 0;
    for (const auto& field : request) {
        size += field.name_string().size() + field.value().size();
        expect(field.value().find_first_of(line_ends) == std::string_view::npos,
               "a field stays within its line");
    }
    expect(size <= limits.header, "a header is within its limit");
}

void check_state(const RequestReader& reader, const RequestLimits& limits) {
    const auto state = reader.state();
    if (state == State::complete) check_request(reader, limits);
    if (state == State::refused) expect(is_one_line(reader.refusal().message), "a refusal is one line");
    if (state == State::body) expect(reader.has_header(), "a body follows a header");
    if (state == State::idle)
        expect(!reader.has_header(), "nothing has come of a request that has not begun");
}

/// A line for each whole request. When what is broken is refused may depend on how much of it is there.
std::string read(std::string_view bytes, const std::size_t piece, const RequestLimits limits) {
    RequestReader reader(limits.header);
    std::string story;
    while (!bytes.empty() && reader.state() != State::refused) {
        const auto room = reader.room();
        expect(room.size() > 0, "there is room for the next bytes");
        const auto count = std::min({piece, room.size(), bytes.size()});
        boost::asio::buffer_copy(room, boost::asio::buffer(bytes.data(), count));
        bytes.remove_prefix(count);
        reader.received(count);
        if (reader.awaits_limit()) reader.limit_body(limits.body);
        for (check_state(reader, limits); reader.state() == State::complete; check_state(reader, limits)) {
            const auto& request = reader.request();
            story.append(request.method_string()).append(" ").append(request.target()).append(" ");
            for (const auto& field : request)
                story.append(field.name_string()).append(": ").append(field.value()).append(", ");
            story.append(request.body()).append(reader.keep_alive() ? " and on\n" : " and off\n");
            reader.next();
            if (reader.awaits_limit()) reader.limit_body(limits.body);
        }
    }
    return story;
}

}  // namespace

void try_input(const std::string_view input) {
    const RequestLimits limits;
    const auto whole = read(input, input.size(), limits);
    for (const std::size_t piece : {1U, 7U})
        expect(read(input, piece, limits) == whole, "requests are the same however their bytes are cut");
    read(input, input.size(), {.header = 64, .body = 16'384});
    read(input, 5, {.header = 64, .body = 16'384});
}

}  // namespace gateway::fuzz
