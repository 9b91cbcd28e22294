#include "server/gateway/connect/proto_schema.hpp"

#include <algorithm>

namespace gateway::connect {

namespace {

std::string_view type_name(const ProtoField& field) {
    switch (field.kind) {
        case ProtoKind::text:
        case ProtoKind::json:
            return "string";
        case ProtoKind::boolean:
            return "bool";
        case ProtoKind::int32:
            return "int32";
        case ProtoKind::int64:
            return "int64";
        case ProtoKind::message:
            return field.message->name;
    }
    return {};
}

std::string_view label(const ProtoField& field) {
    if (field.is_list) return "repeated ";
    const bool is_told = field.is_optional && field.kind != ProtoKind::message;
    return is_told ? "optional " : "";
}

/// Adds a comment in lines of their own.
void add_comment(std::string& out, const std::string_view indent, std::string_view comment) {
    constexpr std::size_t width = 100;
    while (!comment.empty()) {
        auto end = comment.size();
        if (end > width) {
            const auto space = comment.rfind(' ', width);
            end = std::min(space == std::string_view::npos ? comment.find(' ') : space, end);
        }
        out.append(indent).append("// ").append(comment.substr(0, end)).append("\n");
        comment.remove_prefix(std::min(end + 1, comment.size()));
    }
}

void add_service(std::string& out, const ProtoService& service) {
    out += '\n';
    add_comment(out, "", service.comment);
    out.append("service ").append(service.name).append(" {\n");
    for (const auto& method : service.methods) {
        add_comment(out, "  ", std::string(method.operation->summary) + ".");
        out.append("  rpc ").append(method.name).append("(").append(method.request->name);
        out.append(") returns (").append(method.response->name).append(")");
        out += method.only_reads ? " {\n    option idempotency_level = NO_SIDE_EFFECTS;\n  }\n" : ";\n";
    }
    out += "}\n";
}

void add_message(std::string& out, const ProtoMessage& message) {
    out += '\n';
    add_comment(out, "", message.comment);
    out.append("message ").append(message.name).append(" {");
    if (!message.fields.empty()) out += '\n';
    for (const auto& field : message.fields) {
        add_comment(out, "  ", field.comment);
        out.append("  ").append(label(field)).append(type_name(field)).append(" ").append(field.name);
        out.append(" = ").append(std::to_string(field.number)).append(";\n");
    }
    out += "}\n";
}

}  // namespace

std::string proto_text(const ProtoSchema& schema) {
    std::string out =
        "// The API of session-gateway, for clients of the Connect protocol. The numbers of fields never "
        "change.\n"
        "syntax = \"proto3\";\n\npackage ";
    out.append(proto_package).append(";\n");
    for (const auto& service : schema.services())
        add_service(out, service);
    for (const auto& message : schema.messages())
        add_message(out, message);
    return out;
}

}  // namespace gateway::connect
