// An answer before it is put on a connection, and how an ApiError becomes one.
#pragma once

#include "server/gateway/status.hpp"
#include "storage/values/error.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/container/small_vector.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// Status, body and the headers that are this answer's own. The connection adds what every answer has.
struct Response {  // NOLINT(bugprone-exception-escape): moving such a small_vector does not throw
    http::status status = http::status::ok;
    std::string body;
    boost::container::small_vector<std::pair<http::field, std::string>, 1> headers;
    std::string_view code;  ///< an error's, for the log; empty for none
    /// Of the body, which may be a message of no bytes; empty: there is no body.
    std::string_view media_type = "application/json";
    /// Headers that Beast has no name for, beside the others; one may be there several times.
    std::vector<std::pair<std::string, std::string>> named_headers = {};
};

/// {"code": …, "status": …, "message": …} with the headers that belong to the code.
Response error_response(const ApiError& error);

/// The headers that belong to an error's code.
void add_error_headers(Response& response, const ApiError& error);

/// Tells how long a success may be kept, and shortens it to 304 for who has kept it: whose If-None-Match
/// names it.
void set_caching(Response& response, std::chrono::seconds kept_for, std::string_view if_none_match);

/// What a caller is told of a failure that is ours: nothing but the id to ask the operator with.
ApiError internal_error(std::string_view request_id);

}  // namespace gateway
