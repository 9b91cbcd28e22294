#include "server/gateway/request_reader.hpp"

#include "server/gateway/header_faults.hpp"
#include "server/text/plain_text.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gateway {

namespace {

constexpr std::size_t read_size = 8'192;

// The first byte of a TLS connection; no request begins so.
constexpr char tls_handshake = '\x16';

/// Whether these may be the first bytes of a last chunk, "0\r\n\r\n" at the least, with the line break before
/// it or without. Beast's parser counts on that much once it has seen its beginning, and stops the program
/// where it is not so.
bool begins_last_chunk(const std::string_view bytes) {
    constexpr std::size_t shortest = 5;
    return bytes.size() < shortest && (bytes.starts_with('0') || bytes.starts_with('\r'));
}

/// The parser takes a line feed inside a quoted chunk extension, where another reader may end the line: what
/// one holds for a body would be a request to the other.
constexpr auto check_chunk_header = [](std::uint64_t, const std::string_view extensions,
                                       boost::system::error_code& error) {
    const auto is_refused = [](const char c) { return c != '\t' && is_control(c); };
    if (std::ranges::any_of(extensions, is_refused)) error = http::error::bad_chunk_extension;
};

}  // namespace

ApiError body_too_large(const std::size_t limit) {
    return {ErrorCode::payload_too_large,
            "The request body is larger than " + std::to_string(limit) + " bytes."};
}

RequestReader::RequestReader(const std::size_t header_limit)
    // Room for the largest header and one read; bodies leave the buffer as they come.
    : header_limit_(header_limit), buffer_(header_limit + read_size) {
    next();
}

void RequestReader::next() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(header_limit_));
    parser_->body_limit(boost::none);
    awaits_limit_ = false;
    state_ = State::idle;
    header_bytes_ = 0;
    framed_bytes_ = 0;
    header_.reset();
    read();
}

boost::asio::mutable_buffer RequestReader::room() {
    return buffer_.prepare(std::min(read_size, buffer_.max_size() - buffer_.size()));
}

void RequestReader::received(const std::size_t count) {
    buffer_.commit(count);
    read();
}

void RequestReader::limit_body(const std::size_t limit) {
    awaits_limit_ = false;
    body_limit_ = limit;
    parser_->body_limit(limit);
    if (body_size() > limit) {
        refuse(http::error::body_limit);
    } else {
        read();
    }
}

std::size_t RequestReader::body_size() const {
    const auto declared = parser_->content_length();
    return declared ? static_cast<std::size_t>(*declared) : parser_->get().body().size();
}

bool RequestReader::keep_alive() const {
    // In HTTP/1.0 the parser takes "keep-alive" for the last word even beside "close".
    const auto& request = parser_->get();
    return parser_->keep_alive() && (request.version() >= 11 || !asks_to_close(request));
}

bool RequestReader::expects_continue() const {
    const auto& request = parser_->get();
    return request.version() >= 11 && boost::beast::iequals(request[http::field::expect], "100-continue");
}

/// Those that are not taken yet.
std::string_view RequestReader::bytes() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
}

/// Takes what it can of the bytes at hand.
void RequestReader::read() {
    while (buffer_.size() > 0 && !awaits_limit_) {
        const bool moved = state_ == State::body ? read_body() : read_header();
        if (!moved || state_ == State::complete) return;
    }
}

/// Those before a request (RFC 9112, section 2.2). False when more bytes are needed to tell.
bool RequestReader::skip_empty_lines() {
    constexpr std::string_view empty_line = "\r\n";
    while (state_ == State::idle) {
        if (bytes().size() < empty_line.size() && empty_line.starts_with(bytes())) return false;
        if (!bytes().starts_with(empty_line)) return true;
        buffer_.consume(empty_line.size());
        header_bytes_ += empty_line.size();
        if (header_bytes_ > header_limit_) return refuse(http::error::header_limit);
    }
    return true;
}

bool RequestReader::read_header() {
    if (!skip_empty_lines()) return false;
    state_ = State::header;
    if (header_bytes_ == 0 && bytes().starts_with(tls_handshake)) {
        return refuse(
            ErrorCode::invalid_request,
            "This port speaks plain HTTP, and what came is the beginning of TLS: call it with http://, "
            "or through the proxy that speaks TLS.");
    }
    boost::system::error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    const bool folded = is_folded(bytes().substr(0, used));
    buffer_.consume(used);
    header_bytes_ += used;
    if (folded) return refuse_as_malformed("a header that goes on in a second line");
    // The parser's own limit holds for one field at a time.
    const std::size_t unused = parser_->is_header_done() ? 0 : buffer_.size();
    if (header_bytes_ + unused > header_limit_) error = http::error::header_limit;
    if (error == http::error::need_more) return false;
    if (error) return refuse(error);
    return parser_->is_header_done() ? header_ended() : true;
}

bool RequestReader::header_ended() {
    const auto& request = parser_->get();
    const auto fault = header_fault(request);
    if (!fault.empty()) return refuse_as_malformed(fault);
    if (parser_->is_done()) return complete();
    if (parser_->chunked()) {
        header_ = request.base();
        static auto check = check_chunk_header;  // the parser wants one that lives on, and is not const
        parser_->on_chunk_header(check);
    }
    state_ = State::body;
    awaits_limit_ = parser_->chunked() || body_size() > buffer_.size();
    return true;
}

bool RequestReader::read_body() {
    if (parser_->chunked() && begins_last_chunk(bytes())) return false;
    boost::system::error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    framed_bytes_ += used;
    const bool waits = error == http::error::need_more;
    if (parser_->chunked() && framing_is_too_large(waits ? buffer_.size() : 0)) return refuse_framing();
    if (waits) return false;
    if (error) return refuse(error);
    return parser_->is_done() ? complete() : true;
}

/// What is not the body itself: sizes, their zeros in front, extensions and trailers, and the bytes that
/// wait for the end of one. Bounded, or a request of a few bytes could go on for ever.
bool RequestReader::framing_is_too_large(const std::size_t waiting) const {
    constexpr std::size_t most_for_each_byte = 16;  // "1\r\n" and "\r\n" around it are 5
    const auto body = parser_->get().body().size();
    return waiting > header_limit_ || framed_bytes_ - body > header_limit_ + most_for_each_byte * body;
}

bool RequestReader::complete() {
    if (header_) parser_->get().base() = *std::move(header_);
    state_ = State::complete;
    return true;
}

bool RequestReader::refuse_framing() {
    return refuse(ErrorCode::headers_too_large,
                  "The sizes, extensions and trailers of the body's chunks are larger than " +
                      std::to_string(header_limit_) + " bytes and what the body itself explains.");
}

bool RequestReader::refuse_as_malformed(const std::string_view fault) {
    return refuse(ErrorCode::invalid_request, "The request is not HTTP/1.1: " + std::string(fault) + ".");
}

bool RequestReader::refuse(const boost::system::error_code error) {
    if (error == http::error::header_limit) {
        return refuse(ErrorCode::headers_too_large, "The request line and headers are larger than " +
                                                        std::to_string(header_limit_) + " bytes.");
    }
    if (error == http::error::body_limit) {
        auto error_of_body = body_too_large(body_limit_);
        return refuse(error_of_body.code, std::move(error_of_body.message));
    }
    return refuse_as_malformed(error.message());
}

bool RequestReader::refuse(const ErrorCode code, std::string message) {
    refusal_ = {code, std::move(message)};
    state_ = State::refused;
    return false;
}

}  // namespace gateway
