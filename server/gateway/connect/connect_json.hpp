// Between the JSON of the paths and that of proto3's messages: names in camel case, free JSON and 64-bit
// numbers as texts, wrappers around lists that may not be there.
#pragma once

#include "server/api/json_text.hpp"
#include "server/gateway/connect/proto_schema.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::connect {

/// A request as the paths' reader takes it. Names may be in either spelling; what is null is not there, and a
/// list or a number that is not there is its default, as proto3 has it. A value that is not what the message
/// has is handed on as it is, for the reader to complain of.
std::string to_paths_json(const ProtoMessage& message, api::JsonText object);

/// A response, out of what the paths' writer made.
std::string to_connect_json(const ProtoMessage& message, api::JsonText object);

/// The text of a JSON string, quotes around it.
std::string json_string(std::string_view text);

/// The field that a member's key names, in either spelling; nullptr for none.
const ProtoField* field_of(const ProtoMessage& message, api::JsonText key);

/// A text that is JSON, without white space between its tokens; nothing where it is none.
std::optional<std::string> as_json(std::string_view text);

/// What the paths' JSON has of a field that proto3 leaves out because it is the default; empty for none.
std::string_view default_json(const ProtoField& field);

}  // namespace gateway::connect
