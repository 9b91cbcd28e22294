// Makes a response of the bytes that a receiver sends, and trusts none of them.
#pragma once

#include "server/outgoing/client_options.hpp"
#include "server/outgoing/outgoing.hpp"
#include "server/outgoing/outgoing_error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/dynamic_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::outgoing {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// Reads one response. Touches no socket: the bytes are put into room() and announced, until done().
///
/// Interim responses are skipped. A body without a length ends with the connection. What leaves doubt about
/// where the response ends is refused: a transfer coding that is not just "chunked", lengths that contradict
/// each other.
class ResponseReader {
  public:
    /// `head`: the request was HEAD, so that no body follows.
    explicit ResponseReader(ResponseLimits limits, bool head = false);

    /// Where the next bytes go; never empty before done().
    [[nodiscard]] asio::mutable_buffer room();
    /// So many bytes have come into room(); at least 1.
    void received(std::size_t count);
    /// The receiver sends no more.
    void ended();

    [[nodiscard]] bool done() const noexcept { return state_ != State::reading; }

    /// Whether any byte has come.
    [[nodiscard]] bool begun() const noexcept { return begun_; }

    /// Once done(): whether another request may follow on the connection.
    [[nodiscard]] bool leaves_connection_usable() const;

    /// Once done(), and only once: the response, or a failure with `protocol`.
    OutgoingResult<OutgoingResponse> take();

  private:
    using Parser = http::response_parser<http::basic_dynamic_body<beast::flat_buffer>>;

    enum class State { reading, complete, truncated, failed };

    void start_message();
    bool advance();
    bool read_header();
    bool mend_status_line();
    bool header_ended();
    bool read_body();
    bool fail(std::string_view reason);

    ResponseLimits limits_;
    bool head_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    State state_ = State::reading;
    std::string reason_;  // of the failure
    bool begun_ = false;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
};

}  // namespace gateway::outgoing
