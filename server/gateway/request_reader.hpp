// Makes requests of the bytes that a client sends, and trusts none of them.
#pragma once

#include "storage/values/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::string_body>;

/// What a body that is larger than `limit` bytes is refused with.
ApiError body_too_large(std::size_t limit);

/// Reads the requests of one connection, one after the other. Touches no socket: the bytes are put into
/// room() and announced, until the state is `complete` or `refused`. Where a body follows the header and has
/// not all come with it, nothing of it is taken in before limit_body(); one that has come is as small as the
/// buffer, and whoever answers looks at its size.
///
/// What leaves doubt about where a request ends or whom it is for is refused (RFC 9112): a transfer coding
/// that is not just "chunked", more than one length, no Host or two, two Authorization fields, a field on two
/// lines. Trailers are dropped, so that none of them passes for a header.
class RequestReader {
  public:
    enum class State {
        idle,      ///< nothing of the request has come
        header,    ///< a part of its header has
        body,      ///< its header has, and not all of its body
        complete,  ///< request() holds it
        refused,   ///< refusal() tells why; the rest of the stream has no meaning
    };

    /// `header_limit`: bytes of request line and headers, together.
    explicit RequestReader(std::size_t header_limit);

    /// Where the next bytes go; never empty.
    [[nodiscard]] boost::asio::mutable_buffer room();
    /// So many bytes have come into room(); at least 1.
    void received(std::size_t count);
    /// How large the body may be, without what frames it.
    void limit_body(std::size_t limit);
    /// Begins the next request, with the bytes that came behind the last one.
    void next();

    [[nodiscard]] State state() const noexcept { return state_; }

    /// In the state `body`: limit_body() is to be called before anything else comes.
    [[nodiscard]] bool awaits_limit() const noexcept { return awaits_limit_; }

    /// With a whole header: bytes of the body as it is declared, else as it has come so far.
    [[nodiscard]] std::size_t body_size() const;

    /// Whether there is a whole header, and so a version, a method and the fields.
    [[nodiscard]] bool has_header() const { return parser_->is_header_done(); }

    /// In the state `body`: the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool expects_continue() const;

    /// With a whole header: the client may send another request behind this one. Looks at all Connection
    /// fields; the message's own keep_alive() does at the first.
    [[nodiscard]] bool keep_alive() const;

    [[nodiscard]] const HttpRequest& request() const { return parser_->get(); }

    [[nodiscard]] const ApiError& refusal() const noexcept { return refusal_; }

  private:
    using Parser = http::request_parser<http::string_body>;

    [[nodiscard]] std::string_view bytes() const;
    void read();
    bool skip_empty_lines();
    bool read_header();
    bool header_ended();
    bool read_body();
    [[nodiscard]] bool framing_is_too_large(std::size_t waiting) const;
    bool complete();
    bool refuse_framing();
    bool refuse_as_malformed(std::string_view fault);
    bool refuse(boost::system::error_code error);
    bool refuse(ErrorCode code, std::string message);

    std::size_t header_limit_;
    std::size_t body_limit_ = 0;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    State state_ = State::idle;
    bool awaits_limit_ = false;
    std::size_t header_bytes_ = 0;  // taken out of the buffer
    std::size_t framed_bytes_ = 0;  // of the body and what frames it, likewise
    /// Of a chunked request: its header before the parser adds the trailers.
    std::optional<http::request_header<>> header_;
    ApiError refusal_;
};

}  // namespace gateway
