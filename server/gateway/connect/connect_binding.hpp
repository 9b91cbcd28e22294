// The binding by names, for clients of the Connect protocol (unary, over HTTP/1.1): the operations as methods
// of services, called with messages in JSON or in the binary form of Protocol Buffers.
// https://connectrpc.com/docs/protocol/
#pragma once

#include "server/gateway/binding.hpp"
#include "server/gateway/connect/connect_request.hpp"
#include "server/gateway/connect/proto_schema.hpp"
#include "server/gateway/connect/protobuf_codec.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway::connect {

class ConnectBinding final : public Binding {
  public:
    /// The tables must outlive it. Throws as ProtoSchema does.
    explicit ConnectBinding(std::span<const api::Tag> tags);

    [[nodiscard]] Destination find(http::verb verb, std::string_view target) const override;
    [[nodiscard]] Result<void> read(const HttpRequest& request, Destination& destination, std::size_t limit,
                                    Call& call) const override;
    [[nodiscard]] Response success(const HttpRequest& request, const Destination& destination,
                                   const Call& call, api::Success success, std::string text) const override;
    [[nodiscard]] Response error(const HttpRequest& request, const ApiError& error) const override;

  private:
    struct Method {
        const ProtoMethod* proto;
        std::vector<HeaderField> in_header;
    };

    /// The message as JSON of the paths; nothing where it is none.
    [[nodiscard]] std::optional<std::string> to_json(const ProtoMessage& type,
                                                     const ConnectRequest& request) const;

    ProtoSchema schema_;
    ProtobufCodec codec_{schema_};
    std::unordered_map<std::string_view, Method> methods_;  // by their paths
};

}  // namespace gateway::connect
