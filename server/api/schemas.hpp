// The JSON Schemas of the wire types, for the API document.
#pragma once

#include "storage/values/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace gateway::api {

/// What an operation takes or gives.
enum class Body {
    none,
    add_event_request,
    create_webhook_request,
    update_webhook_request,
    mode,
    webhook,
    webhooks,
    health,
    document,
};

/// The name of its schema among the document's components.
std::string_view schema_name(Body body) noexcept;

/// E.g. "WebhookNotFoundError" for `webhook_not_found`.
std::string error_schema_name(ErrorCode code);

/// Every schema by its name: `components.schemas` of the document.
boost::json::object all_schemas();

/// {"$ref": "#/components/schemas/<name>"}
boost::json::object schema_reference(std::string_view name);

}  // namespace gateway::api
