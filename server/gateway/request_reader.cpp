#include "server/gateway/request_reader.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace gateway {

namespace {

constexpr std::size_t read_size = 8'192;

/// Whether these may be the first bytes of a last chunk, "0\r\n\r\n" at the least, with the line break before
/// it or without. Beast's parser counts on that much once it has seen its beginning, and stops the program
/// where it is not so.
bool begins_last_chunk(const std::string_view bytes) {
    constexpr std::size_t shortest = 5;
    return bytes.size() < shortest && (bytes.starts_with('0') || bytes.starts_with('\r'));
}

/// Why the header leaves doubt about where the body ends; empty when it does not. The parser passes over a
/// coding that it does not know, and a proxy that reads it otherwise would let another request through in the
/// body.
std::string_view framing_fault(const HttpRequest& request) {
    const auto coding = request.find(http::field::transfer_encoding);
    if (coding == request.end()) return {};
    if (request.version() < 11) return "a transfer coding in HTTP/1.0";
    if (!boost::beast::iequals(coding->value(), "chunked")) return "a transfer coding other than chunked";
    return {};
}

/// Why the header does not say whom the request is for (RFC 9112, section 3.2); empty when it does.
std::string_view host_fault(const HttpRequest& request) {
    const auto hosts = request.count(http::field::host);
    if (hosts == 0) return request.version() < 11 ? "" : "no Host header";
    if (hosts > 1) return "more than one Host header";
    const auto host = boost::urls::parse_authority(request[http::field::host]);
    return host.has_value() && !host->has_userinfo() ? "" : "a Host header that is no host";
}

/// The parser takes a line feed inside a quoted chunk extension, where another reader may end the line: what
/// one holds for a body would be a request to the other.
constexpr auto check_chunk_header = [](std::uint64_t, const std::string_view extensions,
                                       boost::system::error_code& error) {
    const auto is_control = [](const char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; };
    if (std::ranges::any_of(extensions, is_control)) error = http::error::bad_chunk_extension;
};

}  // namespace

RequestReader::RequestReader(const RequestLimits limits)
    // Room for the largest header and one read; bodies leave the buffer as they come.
    : limits_(limits), buffer_(limits.header + read_size) {
    next();
}

void RequestReader::next() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header));
    parser_->body_limit(limits_.body);
    state_ = State::idle;
    header_bytes_ = 0;
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
    while (buffer_.size() > 0) {
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
    }
    return true;
}

bool RequestReader::read_header() {
    if (!skip_empty_lines()) return false;
    state_ = State::header;
    boost::system::error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    header_bytes_ += used;
    // The parser's own limit holds for one field at a time.
    const std::size_t unused = parser_->is_header_done() ? 0 : buffer_.size();
    if (header_bytes_ + unused > limits_.header) error = http::error::header_limit;
    if (error == http::error::need_more) return false;
    if (error) return refuse(error);
    return parser_->is_header_done() ? header_ended() : true;
}

bool RequestReader::header_ended() {
    const auto& request = parser_->get();
    for (const auto fault : {framing_fault(request), host_fault(request)}) {
        if (fault.empty()) continue;
        return refuse(ErrorCode::invalid_request, "The request is not HTTP/1.1: " + std::string(fault) + ".");
    }
    if (parser_->is_done()) return complete();
    if (parser_->chunked()) {
        header_ = request.base();
        static auto check = check_chunk_header;  // the parser wants one that lives on, and is not const
        parser_->on_chunk_header(check);
    }
    state_ = State::body;
    return true;
}

bool RequestReader::read_body() {
    if (parser_->chunked() && begins_last_chunk(bytes())) return false;
    boost::system::error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == http::error::need_more) {
        if (buffer_.size() <= limits_.header) return false;
        error = http::error::header_limit;  // a chunk's first line, or a trailer, without an end
    }
    if (error) return refuse(error);
    return parser_->is_done() ? complete() : true;
}

bool RequestReader::complete() {
    if (header_) parser_->get().base() = *std::move(header_);
    state_ = State::complete;
    return true;
}

bool RequestReader::refuse(const boost::system::error_code error) {
    if (error == http::error::header_limit) {
        return refuse(ErrorCode::headers_too_large, "The request line and headers are larger than " +
                                                        std::to_string(limits_.header) + " bytes.");
    }
    if (error == http::error::body_limit) {
        return refuse(ErrorCode::payload_too_large,
                      "The request body is larger than " + std::to_string(limits_.body) + " bytes.");
    }
    return refuse(ErrorCode::invalid_request, "The request is not HTTP/1.1: " + error.message() + ".");
}

bool RequestReader::refuse(const ErrorCode code, std::string message) {
    refusal_ = {code, std::move(message)};
    state_ = State::refused;
    return false;
}

}  // namespace gateway
