// The service that Connect's conformance tool calls, on the daemon's own reading and writing of the protocol.
#pragma once

#include "server/gateway/binding.hpp"
#include "tests/conformance/proto_files.hpp"

namespace gateway::conformance {

inline constexpr std::string_view package = "connectrpc.conformance.v1";

/// Unary and IdempotentUnary of the ConformanceService: answered as the request itself asks, with what came.
class ConformanceBinding final : public Binding {
  public:
    /// The files, which hold the package, must outlive it.
    explicit ConformanceBinding(const ProtoFiles& protos) : protos_(protos) {}

    [[nodiscard]] Destination find(http::verb verb, std::string_view target) const override;
    [[nodiscard]] Result<void> read(const HttpRequest& request, Destination& destination, std::size_t limit,
                                    Call& call) const override;
    [[nodiscard]] Response success(const HttpRequest& request, const Destination& destination,
                                   const Call& call, api::Success success, std::string text) const override;
    [[nodiscard]] Response error(const HttpRequest& request, const ApiError& error) const override;

  private:
    [[nodiscard]] Response wanted_error(const boost::json::object& error,
                                        const boost::json::object& request_info) const;

    const ProtoFiles& protos_;
};

}  // namespace gateway::conformance
