#include "tests/support/api_document.hpp"

#include "server/gateway/rest/openapi.hpp"
#include "server/gateway/status.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/json_schema.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <regex>
#include <vector>

namespace gateway::test {

namespace json = boost::json;

namespace {

const json::object& document() {
    static const json::object document = openapi_document(api::tags());
    return document;
}

/// Decoded; none where an escape is wrong.
std::vector<std::string> segments_of(const std::string_view target) {
    static const std::regex authority("^https?://[^/]*");
    const auto path = std::regex_replace(std::string(target.substr(0, target.find('?'))), authority, "");
    std::vector<std::string> segments;
    boost::split(segments, path, [](const char c) { return c == '/'; });
    for (auto& segment : segments) {
        const auto encoded = boost::urls::make_pct_string_view(segment);
        if (!encoded) return {};
        segment = encoded->decode();
    }
    return segments;
}

/// What the document says of the path that a target stands for, of those that fit the one with the fewest
/// fields; nullptr where it is none.
const json::object* find_path(const std::string_view target) {
    const auto fits = [](const std::string_view expected, const std::string_view segment) {
        return expected.starts_with('{') ? !segment.empty() : segment == expected;
    };
    const auto segments = segments_of(target);
    const json::object* found = nullptr;
    auto fewest = std::numeric_limits<std::ptrdiff_t>::max();
    for (const auto& [path, item] : document().at("paths").as_object()) {
        const auto fields = std::ranges::count(path, '{');
        if (fields >= fewest || !std::ranges::equal(segments_of(path), segments, fits)) continue;
        found = &item.as_object();
        fewest = fields;
    }
    return found;
}

std::string allowed_methods(const json::object& path) {
    std::vector<std::string> methods;
    for (const auto& [method, operation] : path) {
        methods.push_back(boost::to_upper_copy(std::string(method)));
        if (method == "get") methods.emplace_back("HEAD");
    }
    return boost::join(methods, ", ");
}

/// What every operation may answer, as the document says it of one that may answer nothing else.
json::object common_responses() {
    auto responses = document().at("paths").at("/healthz").at("get").at("responses").as_object();
    responses.erase("200");
    return responses;
}

/// The common answers, and those that there are where no operation is meant.
json::object responses_without_operation(const ErrorCode code) {
    auto responses = common_responses();
    const auto& limited = document().at("paths").at("/openapi.json").at("get").at("responses").at("429");
    responses.emplace("429", limited);
    auto response = responses.at("500").as_object();
    auto& media = response["content"].at("application/json").as_object();
    media["schema"] = error_reference(code);
    responses.emplace(std::to_string(static_cast<int>(http_status(code))), std::move(response));
    return responses;
}

json::object responses_to(const Asked& asked) {
    if (!asked.readable) return responses_without_operation(ErrorCode::invalid_request);
    const auto* const path = find_path(asked.target);
    if (path == nullptr) return responses_without_operation(ErrorCode::route_not_found);
    const auto method = asked.method == "HEAD" ? "get" : boost::to_lower_copy(asked.method);
    const auto* const operation = path->if_contains(method);
    if (operation != nullptr) return operation->at("responses").as_object();
    auto responses = responses_without_operation(ErrorCode::method_not_allowed);
    const json::object allow{{"schema", {{"type", "string"}, {"const", allowed_methods(*path)}}}};
    responses["405"].at("headers").as_object().emplace("Allow", allow);
    return responses;
}

std::string fault_of(const json::value& value, const json::value& schema) {
    return schema_fault(value, schema.as_object(), document().at("components").at("schemas").as_object());
}

std::string header_fault(const std::string& text, const json::value& schema) {
    if (text.empty()) return "is missing";
    const bool is_text = schema.at("type").as_string() == "string";
    boost::system::error_code no_json;
    return fault_of(is_text ? json::value(text) : json::parse(text, no_json), schema);
}

std::string headers_fault(const json::object& headers, const Answer& answer) {
    constexpr std::array<std::string_view, 4> of_any_answer{"Date", "Connection", "Content-Type",
                                                            "Content-Length"};
    for (const auto& [name, value] : answer.headers) {
        const bool declared =
            headers.contains(name) || std::ranges::find(of_any_answer, name) != of_any_answer.end();
        if (!declared) return "the header " + name + " is not declared";
    }
    for (const auto& [name, header] : headers) {
        const auto fault = header_fault(answer.header(name), header.at("schema"));
        if (!fault.empty()) return "the header " + std::string(name) + ": " + fault;
    }
    return {};
}

std::string body_fault(const json::object& response, const Answer& answer, const bool to_head) {
    const auto type = answer.header("Content-Type");
    const auto* const content = response.if_contains("content");
    if (content == nullptr) return type.empty() && answer.text.empty() ? "" : "it has a body";
    const auto* const media = content->as_object().if_contains(type);
    if (media == nullptr) return "its Content-Type is \"" + type + "\"";
    return to_head ? "" : fault_of(answer.body, media->at("schema"));
}

std::string fault_of(const Asked& asked, const Answer& answer) {
    const auto responses = responses_to(asked);
    const auto* const response = responses.if_contains(std::to_string(answer.status));
    if (response == nullptr) return "its status is not declared";
    const auto& declared = response->as_object();
    const auto fault = headers_fault(declared.at("headers").as_object(), answer);
    return fault.empty() ? body_fault(declared, answer, asked.method == "HEAD") : fault;
}

}  // namespace

void check_documented(const Asked& asked, const Answer& answer) {
    const auto fault = fault_of(asked, answer);
    if (fault.empty()) return;
    throw UndocumentedAnswer("the API document does not know this answer to " + asked.method + " " +
                             asked.target + ": " + fault + "\n" + std::to_string(answer.status) + " " +
                             answer.text);
}

}  // namespace gateway::test
