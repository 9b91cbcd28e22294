#include "server/api/documentation.hpp"

namespace gateway::api {

namespace {

struct GetOpenApiRequest {
    static constexpr auto describe() { return message("GetOpenApiRequest"); }
};

struct Document {
    std::string text;

    static constexpr auto describe() { return message("Document").described_as("An OpenAPI 3.1 document."); }
};

boost::asio::awaitable<Result<std::string>> get_openapi(Context& context, const RequestSource&) {
    co_return context.runtime().document;
}

constexpr Operation operations[] = {
    {.id = "getOpenApi",
     .summary = "Get this document",
     .routes = Route{Method::get, "/openapi.json"},
     .access = Access::open,
     // Made once, as text, of the tables themselves.
     .performer = {&message_type<GetOpenApiRequest>, &message_type<Document>, &get_openapi}},
};

}  // namespace

std::span<const Operation> documentation_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
