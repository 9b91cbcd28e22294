// The operations and their messages as a proto3 file has them, made from the operation tables.
#pragma once

#include "server/api/operation.hpp"

#include <boost/json/object.hpp>

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::connect {

inline constexpr std::string_view proto_package = "prelude.session.v2";

/// What a value is in a message.
enum class ProtoKind {
    text,
    boolean,
    int32,
    int64,
    json,  ///< free JSON: a string that holds its text, so that no digit is lost
    message,
};

struct ProtoMessage;

struct ProtoField {
    std::string name;       ///< as in the JSON of the paths: "app_id"
    std::string json_name;  ///< "appId"
    int number;             ///< its place in the message, from 1. Of a released field it never changes
    ProtoKind kind;
    bool is_list = false;
    bool is_optional = false;               ///< it is told apart whether it is there
    const ProtoMessage* message = nullptr;  ///< where the kind is `message`
    std::string comment;
};

struct ProtoMessage {
    std::string name;
    std::string comment;
    std::vector<ProtoField> fields;  ///< in the order of their numbers
    bool is_wrapper = false;  ///< around a list that may not be there, which JSON of the paths has by itself

    /// The field that JSON calls so, in either spelling; nullptr: there is none.
    [[nodiscard]] const ProtoField* find(std::string_view name) const;
};

struct ProtoMethod {
    std::string name;  ///< "AddWebhookEvent"
    std::string path;  ///< "/prelude.session.v2.WebhooksService/AddWebhookEvent"
    const api::Operation* operation;
    const ProtoMessage* request;
    const ProtoMessage* response;
    bool only_reads;  ///< it has no side effects, and nothing in its request that may not stand in a URL
};

struct ProtoService {
    std::string name;  ///< "WebhooksService"
    std::string comment;
    std::vector<ProtoMethod> methods;
};

/// Of all operations whose successes are messages: one service for each tag, one method for each operation.
/// Immutable; used by all threads at once.
class ProtoSchema {
  public:
    /// The tables must outlive it. Throws std::logic_error for what has no place in such a file.
    explicit ProtoSchema(std::span<const api::Tag> tags);
    ProtoSchema(const ProtoSchema&) = delete;
    ProtoSchema& operator=(const ProtoSchema&) = delete;
    ~ProtoSchema() = default;

    [[nodiscard]] const std::vector<ProtoService>& services() const noexcept { return services_; }

    [[nodiscard]] const std::deque<ProtoMessage>& messages() const noexcept { return messages_; }

    /// What an error has beside its code of the protocol: our own `code` and `status`.
    [[nodiscard]] const ProtoMessage& error_detail() const noexcept { return *error_detail_; }

  private:
    // The JSON Schemas are those that have been made so far.
    const ProtoMessage* add(const api::MessageType& type, api::Components& schemas);
    const ProtoMessage* add_component(std::string_view name, const boost::json::object& schemas);
    const ProtoMessage* wrapper_of(const ProtoField& list);
    ProtoField field_of(std::string_view name, const boost::json::object& schema, bool required, int number,
                        const boost::json::object& schemas);
    /// Kind and message of a value; a list is what its items are.
    void describe_value(const boost::json::object& schema, ProtoField& field,
                        const boost::json::object& schemas);

    std::deque<ProtoMessage> messages_;  // they refer to each other
    std::vector<ProtoService> services_;
    const ProtoMessage* error_detail_;
};

/// The schema as a .proto file.
std::string proto_text(const ProtoSchema& schema);

}  // namespace gateway::connect
