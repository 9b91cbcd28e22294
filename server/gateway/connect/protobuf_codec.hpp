// Messages in the binary form of Protocol Buffers, out of the JSON of the paths and into it.
#pragma once

#include "server/api/json_text.hpp"
#include "server/gateway/connect/proto_schema.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::connect {

/// Immutable; used by all threads at once.
class ProtobufCodec {
  public:
    /// The schema must outlive it. Throws std::logic_error for one whose text is no proto3 file.
    explicit ProtobufCodec(const ProtoSchema& schema);
    ~ProtobufCodec();
    ProtobufCodec(const ProtobufCodec&) = delete;
    ProtobufCodec& operator=(const ProtobufCodec&) = delete;

    /// The request as the paths' reader takes it; fields that the message does not have are left off. Nothing
    /// where the bytes are no message.
    [[nodiscard]] std::optional<std::string> to_paths_json(const ProtoMessage& message,
                                                           std::string_view bytes) const;

    /// The bytes of a message, out of what the paths' writer made.
    [[nodiscard]] static std::string to_bytes(const ProtoMessage& message, api::JsonText object);

  private:
    struct Types;

    std::unique_ptr<Types> types_;
};

}  // namespace gateway::connect
