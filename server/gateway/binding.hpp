// A way to call the typed operations over HTTP: routes, a reader of requests and a writer of answers.
#pragma once

#include "server/api/context.hpp"
#include "server/api/json_message.hpp"
#include "server/api/operation.hpp"
#include "server/gateway/request_reader.hpp"
#include "server/gateway/response.hpp"

#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway::connect {
struct ProtoMethod;
}

namespace gateway {

/// A field that comes beside the message: "correlation_id", in the header "X-Correlation-Id".
struct HeaderField {
    std::string_view field;
    std::string header;
};

/// What a request's method and target lead to.
struct Destination {  // NOLINT(bugprone-exception-escape): moving the fields throws without memory alone
    const api::Operation* operation = nullptr;  ///< nullptr: none
    bool takes_body = false;
    bool on_app_host = false;                ///< the host of the request has to say what `app_id` is
    bool app_in_message = false;             ///< `app_id` is known when the call has been read, not before
    std::string_view body_field;             ///< as api::RequestSource has it
    api::TextFields fields;                  ///< of the path and of the query
    std::span<const HeaderField> in_header;  ///< those of the headers; the binding's own
    const connect::ProtoMethod* method = nullptr;  ///< where it is called by its name
    std::string
        allow;  ///< where the path exists but not the method: the methods that do, for the `Allow` header
};

/// What a request calls an operation with.
struct Call {
    Call() = default;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() = default;

    api::RequestSource source;
    std::string json;                   ///< what the source refers to, where the binding made it
    std::optional<std::string> app_id;  ///< where it came in the message
    bool is_binary = false;             ///< the answer is wanted in the binary form
    std::optional<std::chrono::milliseconds> timeout;  ///< how long the caller waits for the answer
};

/// Immutable; used by all threads at once.
class Binding {
  public:
    Binding() = default;
    virtual ~Binding() = default;
    Binding(const Binding&) = delete;
    Binding& operator=(const Binding&) = delete;

    [[nodiscard]] virtual Destination find(http::verb method, std::string_view target) const = 0;

    /// Fills the call from a request that led to this destination, `source.texts` from its fields. What comes
    /// out of a compressed body is at most `limit` bytes. The request outlives the call.
    [[nodiscard]] virtual Result<void> read(const HttpRequest& request, Destination& destination,
                                            std::size_t limit, Call& call) const = 0;

    /// `text` is what the operation gave.
    [[nodiscard]] virtual Response success(const HttpRequest& request, const Destination& destination,
                                           const Call& call, api::Success success,
                                           std::string text) const = 0;

    [[nodiscard]] virtual Response error(const HttpRequest& request, const ApiError& error) const = 0;
};

}  // namespace gateway
