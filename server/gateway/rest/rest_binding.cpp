#include "server/gateway/rest/rest_binding.hpp"

#include "server/gateway/docs/page.hpp"
#include "server/gateway/media_type.hpp"
#include "server/text/quote.hpp"

#include <boost/beast/core/string.hpp>

namespace gateway {

namespace {

/// A body without a declared type is read as JSON.
Result<void> check_media_type(const HttpRequest& request) {
    const std::string_view coding = request[http::field::content_encoding];
    if (!coding.empty() && !boost::beast::iequals(coding, "identity")) {
        return ApiError{ErrorCode::unsupported_media_type,
                        "Content-Encoding: found " + quote(coding) + ", expected the JSON as it is."};
    }
    const std::string_view declared = request[http::field::content_type];
    const auto type = media_type_in(declared);
    if (type.empty() || boost::beast::iequals(type, "application/json")) return {};
    return ApiError{ErrorCode::unsupported_media_type,
                    "Content-Type: found " + quote(declared) + ", expected application/json."};
}

}  // namespace

Result<void> RestBinding::read(const HttpRequest& request, Destination& destination, std::size_t,
                               Call& call) const {
    call.source.texts = std::move(destination.fields);
    call.source.body_field = destination.body_field;
    if (!destination.takes_body) return {};
    call.source.body = request.body();
    return check_media_type(request);
}

Response RestBinding::success(const HttpRequest& request, const Destination& destination, const Call&,
                              const api::Success success, std::string text) const {
    const auto& operation = *destination.operation;
    const auto type = text.empty() ? std::string_view() : media_type(operation.form);
    Response response{http_status(success), std::move(text), {}, {}, type};
    if (operation.form == api::Form::page) {
        for (const auto& header : page_headers())
            response.named_headers.emplace_back(header.name, header.value);
    }
    if (operation.kept_for) set_caching(response, *operation.kept_for, request[http::field::if_none_match]);
    return response;
}

Response RestBinding::error(const HttpRequest&, const ApiError& error) const {
    return error_response(error);
}

}  // namespace gateway
