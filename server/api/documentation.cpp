#include "server/api/documentation.hpp"

#include <chrono>
#include <string>

namespace gateway::api {

namespace {

struct DocumentRequest {
    static constexpr auto describe() { return message("DocumentRequest"); }
};

struct Document {
    std::string text;

    static constexpr auto describe() { return message("Document").described_as("An OpenAPI 3.1 document."); }
};

struct Page {
    std::string text;

    static constexpr auto describe() { return message("Page"); }
};

boost::asio::awaitable<Result<std::string>> get_openapi(Context& context, const RequestSource&) {
    co_return context.runtime().document;
}

struct ProtoFile {
    std::string text;

    static constexpr auto describe() { return message("ProtoFile").described_as("A proto3 file."); }
};

boost::asio::awaitable<Result<std::string>> get_page(Context& context, const RequestSource&) {
    co_return context.runtime().page;
}

boost::asio::awaitable<Result<std::string>> get_proto(Context& context, const RequestSource&) {
    co_return context.runtime().proto;
}

/// Another one comes with another version of the daemon.
constexpr std::chrono::minutes kept_for{5};

constexpr Operation operations[] = {
    {.id = "getOpenApi",
     .summary = "Get this document",
     .routes = Route{Method::get, "/openapi.json"},
     .access = Access::open,
     .kept_for = kept_for,
     // Made once, as text, of the tables themselves.
     .form = Form::json,
     .performer = {&message_type<DocumentRequest>, &message_type<Document>, &get_openapi}},
    {.id = "getDocumentation",
     .summary = "Show this document to people, in a browser",
     .routes = Route{Method::get, "/docs"},
     .access = Access::open,
     .kept_for = kept_for,
     .form = Form::page,
     .performer = {&message_type<DocumentRequest>, &message_type<Page>, &get_page}},
    {.id = "getProto",
     .summary = "Get the schema that clients of the Connect protocol are made from",
     .routes = Route{Method::get, "/proto/session_gateway.proto"},
     .access = Access::open,
     .kept_for = kept_for,
     .form = Form::proto,
     .performer = {&message_type<DocumentRequest>, &message_type<ProtoFile>, &get_proto}},
};

}  // namespace

std::span<const Operation> documentation_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
