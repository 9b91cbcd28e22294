#include "server/gateway/connect/connect_response.hpp"

#include "storage/values/encoding.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace gateway::connect {

namespace {

using CodeStatus = std::pair<std::string_view, http::status>;

constexpr CodeStatus statuses[] = {
    {"canceled", http::status::client_closed_request},
    {"unknown", http::status::internal_server_error},
    {"invalid_argument", http::status::bad_request},
    {"deadline_exceeded", http::status::gateway_timeout},
    {"not_found", http::status::not_found},
    {"already_exists", http::status::conflict},
    {"permission_denied", http::status::forbidden},
    {"resource_exhausted", http::status::too_many_requests},
    {"failed_precondition", http::status::bad_request},
    {"aborted", http::status::conflict},
    {"out_of_range", http::status::bad_request},
    {"unimplemented", http::status::not_implemented},
    {"internal", http::status::internal_server_error},
    {"unavailable", http::status::service_unavailable},
    {"data_loss", http::status::internal_server_error},
    {"unauthenticated", http::status::unauthorized},
};

/// Without padding.
std::string base64(const std::string_view bytes) {
    auto text = base64_encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});  // NOLINT
    while (text.ends_with('='))
        text.pop_back();
    return text;
}

}  // namespace

Response write_success(const bool is_binary, std::string message) {
    Response response;
    response.body = std::move(message);
    if (is_binary) response.media_type = "application/proto";
    return response;
}

Response write_error(const http::status status, const std::string_view code, const std::string_view message,
                     const std::span<const Detail> details) {
    boost::json::object body{{"code", code}, {"message", message}};
    auto& list = body["details"].emplace_array();
    for (const auto& detail : details) {
        auto& object = list.emplace_back(boost::json::object{}).get_object();
        object["type"] = detail.type;
        object["value"] = base64(detail.bytes);
        if (!detail.debug.is_null()) object["debug"] = detail.debug;
    }
    return {status, boost::json::serialize(body), {}, {}};
}

http::status status_of(const std::string_view code) noexcept {
    const auto* const found = std::ranges::find(statuses, code, &CodeStatus::first);
    return found == std::end(statuses) ? http::status::internal_server_error : found->second;
}

}  // namespace gateway::connect
