#include "server/gateway/response.hpp"

#include "storage/values/sha256.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace gateway {

void add_error_headers(Response& response, const ApiError& error) {
    if (error.code == ErrorCode::missing_api_token) {
        response.headers.emplace_back(http::field::www_authenticate, "Bearer");
    }
    if (error.code == ErrorCode::invalid_api_token) {
        response.headers.emplace_back(http::field::www_authenticate, R"(Bearer error="invalid_token")");
    }
    // A client that is told to come back must be told when.
    const auto status = http_status(error.code);
    if (status == http::status::service_unavailable || status == http::status::too_many_requests) {
        const auto seconds = std::max<std::int64_t>(error.retry_after.count(), 1);
        response.headers.emplace_back(http::field::retry_after, std::to_string(seconds));
    }
}

Response error_response(const ApiError& error) {
    const boost::json::object body{
        {"code", to_string(error.code)}, {"status", status_word(error.code)}, {"message", error.message}};
    Response response{http_status(error.code), boost::json::serialize(body), {}, to_string(error.code)};
    add_error_headers(response, error);
    return response;
}

void set_caching(Response& response, const std::chrono::seconds kept_for,
                 const std::string_view if_none_match) {
    if (kept_for.count() == 0) {
        response.headers.emplace_back(http::field::cache_control, "no-store");
        return;
    }
    const auto tag = '"' + sha256_hex(response.body).substr(0, 32) + '"';
    response.headers.emplace_back(http::field::cache_control,
                                  "public, max-age=" + std::to_string(kept_for.count()));
    response.headers.emplace_back(http::field::etag, tag);
    // In a list of tags, weak or not, this one's quotes tell it from all others.
    const bool is_known = if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
    if (!is_known) return;
    response.status = http::status::not_modified;
    response.body.clear();
    response.media_type = {};
}

ApiError internal_error(const std::string_view request_id) {
    return {ErrorCode::internal, "Something went wrong here; the log tells more under request id " +
                                     std::string(request_id) + "."};
}

}  // namespace gateway
