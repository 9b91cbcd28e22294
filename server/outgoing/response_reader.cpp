#include "server/outgoing/response_reader.hpp"

#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gateway::outgoing {
namespace {

constexpr std::size_t read_size = 8'192;

// What is left of a chunked body, whatever has come of it, is never less than its last chunk "0\r\n\r\n".
// Beast's parser counts on that much once it has seen the beginning of that chunk, and stops the program
// where it is not so.
constexpr std::size_t shortest_chunk = 5;

}  // namespace

ResponseReader::ResponseReader(const ResponseLimits limits, const bool head)
    : limits_(limits), head_(head), buffer_(limits.header + read_size) {
    start_message();
}

void ResponseReader::start_message() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header));
    parser_->body_limit(boost::none);  // read_body() counts
    parser_->skip(head_);
}

asio::mutable_buffer ResponseReader::room() {
    return buffer_.prepare(std::min(read_size, buffer_.max_size() - buffer_.size()));
}

void ResponseReader::received(const std::size_t count) {
    buffer_.commit(count);
    begun_ = true;
    while (advance()) {
    }
}

void ResponseReader::ended() {
    if (!begun_) {
        fail("closed before it answered");
    } else if (parser_->is_header_done() && parser_->need_eof()) {
        state_ = State::complete;
    } else {
        fail("closed in the middle of its answer");
    }
}

bool ResponseReader::leaves_connection_usable() const {
    // Bytes behind the response answer no request of ours.
    return state_ == State::complete && parser_->keep_alive() && buffer_.size() == 0;
}

OutgoingResult<OutgoingResponse> ResponseReader::take() {
    if (state_ == State::failed) return OutgoingError{OutgoingFailure::protocol, std::move(reason_)};
    const auto& message = parser_->get();
    OutgoingResponse response;
    response.status = message.result_int();
    response.body = beast::buffers_to_string(message.body().data());
    response.truncated = state_ == State::truncated;
    const auto retry_after = message.find(http::field::retry_after);
    if (retry_after != message.end()) response.retry_after = std::string(retry_after->value());
    return response;
}

// Takes a step; false where there is nothing more to do with the bytes at hand.
bool ResponseReader::advance() {
    if (done() || buffer_.size() == 0) return false;
    return parser_->is_header_done() ? read_body() : read_header();
}

bool ResponseReader::read_header() {
    if (!parser_->got_some() && !mend_status_line()) return false;
    boost::system::error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    header_bytes_ += used;
    // The parser's own limit holds for what it cannot use yet, and not for the headers that it has taken in.
    const std::size_t unused = parser_->is_header_done() ? 0 : buffer_.size();
    if (header_bytes_ + unused > limits_.header) return fail("headers beyond the limit");
    if (error == http::error::need_more) return false;
    if (error) return fail(error.message());
    return header_ended();
}

// A status line that ends with its number lacks the space that stands before every reason, also before an
// empty one; Beast insists on it. False where too little has come to tell.
bool ResponseReader::mend_status_line() {
    constexpr std::size_t length = std::string_view("HTTP/1.1 200").size();
    if (buffer_.size() <= length) return false;
    auto* const line = static_cast<char*>(buffer_.data().data());
    if (line[length] != '\r') return true;
    buffer_.commit(asio::buffer_copy(buffer_.prepare(1), asio::buffer(" ", 1)));
    auto* const text = static_cast<char*>(buffer_.data().data());
    std::rotate(text + length, text + buffer_.size() - 1, text + buffer_.size());
    return true;
}

bool ResponseReader::header_ended() {
    const auto& message = parser_->get();
    const unsigned status = message.result_int();
    if (status == 101 || status < 100) return fail("status " + std::to_string(status));
    if (status < 200) {
        start_message();
        return true;
    }
    const auto coding = message.find(http::field::transfer_encoding);
    if (coding != message.end() && !beast::iequals(coding->value(), "chunked")) {
        return fail("a transfer coding other than chunked");
    }
    if (parser_->is_done()) state_ = State::complete;
    return true;
}

bool ResponseReader::read_body() {
    const std::size_t size = std::min(buffer_.size(), limits_.body - body_bytes_);
    if (size < (parser_->chunked() ? shortest_chunk : 1)) {
        if (size < buffer_.size()) state_ = State::truncated;
        return false;
    }
    boost::system::error_code error;
    const std::size_t used = parser_->put(beast::buffers_prefix(size, buffer_.data()), error);
    buffer_.consume(used);
    body_bytes_ += used;
    if (error && error != http::error::need_more) return fail(error.message());
    if (parser_->is_done()) {
        state_ = State::complete;
    } else if (error && buffer_.size() > limits_.body - body_bytes_) {
        state_ = State::truncated;
    } else if (buffer_.size() == buffer_.max_size()) {
        return fail("a chunk without an end to its first line");
    }
    return !error;
}

bool ResponseReader::fail(const std::string_view reason) {
    reason_ = reason;
    state_ = State::failed;
    return false;
}

}  // namespace gateway::outgoing
