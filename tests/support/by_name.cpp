#include "tests/support/by_name.hpp"

#include "server/gateway/connect/connect_errors.hpp"
#include "server/gateway/connect/proto_schema.hpp"
#include "server/gateway/rest/router.hpp"
#include "server/gateway/status.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace gateway::test {

namespace json = boost::json;
using connect::ProtoField;
using connect::ProtoKind;
using connect::ProtoMessage;
using connect::ProtoMethod;

namespace {

const connect::ProtoSchema& schema() {
    static const connect::ProtoSchema schema(api::tags());
    return schema;
}

const ProtoMethod* method_where(const auto& is_meant) {
    for (const auto& service : schema().services())
        for (const auto& method : service.methods)
            if (is_meant(method)) return &method;
    return nullptr;
}

/// The path's value of a field, as the message has it.
json::value to_message_value(const ProtoField& field, const json::value& value) {
    if (field.kind == ProtoKind::json) return json::value(json::serialize(value));
    if (field.kind != ProtoKind::message) return value;
    if (field.message->is_wrapper && value.is_array()) return json::object{{"values", value}};
    if (!value.is_object()) return value;
    json::object object;
    for (const auto& [name, member] : value.as_object()) {
        const auto* const inner = field.message->find(name);
        object[inner ? inner->json_name : std::string(name)] =
            inner ? to_message_value(*inner, member) : member;
    }
    return object;
}

/// The members of a body with the message's names and values, as text: what is wrong with it stays wrong.
std::string to_message_text(const ProtoMessage& message, const std::string& body) {
    boost::system::error_code error;
    const auto value = json::parse(body, error);
    const auto needs_no_change = [&](const auto& member) {
        const auto* const field = message.find(member.key());
        return !field || (field->name == field->json_name && field->kind != ProtoKind::json &&
                          field->kind != ProtoKind::message);
    };
    if (error || !value.is_object() || std::ranges::all_of(value.as_object(), needs_no_change)) return body;
    return json::serialize(to_message_value(
        ProtoField{.name = {}, .json_name = {}, .number = 0, .kind = ProtoKind::message, .message = &message},
        value));
}

json::value to_path_value(const ProtoField& field, const json::value& value);

json::object to_path_object(const ProtoMessage& message, const json::object& object) {
    json::object by_path;
    for (const auto& [name, value] : object) {
        const auto* const field = message.find(name);
        if (!field || field->json_name != name)
            throw std::runtime_error("no field of a message: " + std::string(name));
        by_path[field->name] = to_path_value(*field, value);
    }
    return by_path;
}

json::value to_path_value(const ProtoField& field, const json::value& value) {
    if (field.is_list) {
        json::array list;
        auto item = field;
        item.is_list = false;
        for (const auto& one : value.as_array())
            list.push_back(to_path_value(item, one));
        return list;
    }
    if (field.kind == ProtoKind::json) return json::parse(std::string_view(value.as_string()));
    if (field.kind == ProtoKind::int64) return json::value(std::stoll(std::string(value.as_string())));
    if (field.kind == ProtoKind::message) return to_path_object(*field.message, value.as_object());
    return value;
}

ErrorCode code_named(const std::string_view name) {
    const auto found =
        std::ranges::find(all_error_codes, name, [](const ErrorCode code) { return to_string(code); });
    if (found == all_error_codes.end()) throw std::runtime_error("no code: " + std::string(name));
    return *found;
}

Answer as_error_by_path(const Answer& answer) {
    const auto& error = answer.body.as_object();
    if (!error.contains("details")) return answer;  // the connection did not take the request in
    const auto& detail = error.at("details").as_array().at(0).at("debug").as_object();
    const auto code = code_named(detail.at("code").as_string());
    if (error.at("code").as_string() != connect::connect_code(code) ||
        answer.status != static_cast<int>(connect::connect_status(code)))
        throw std::runtime_error("not the code or the status of " + std::string(to_string(code)));
    Answer by_path = answer;
    by_path.status = static_cast<int>(http_status(code));
    by_path.body = {
        {"code", detail.at("code")}, {"status", detail.at("status")}, {"message", error.at("message")}};
    by_path.text = json::serialize(by_path.body);
    return by_path;
}

}  // namespace

bool runs_by_name() {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    const std::span arguments(suite.argv, static_cast<std::size_t>(suite.argc));
    return std::ranges::any_of(arguments,
                               [](const char* const text) { return std::string_view(text) == "--by-name"; });
}

std::optional<std::string> by_name(const std::string_view method, const std::string_view target,
                                   const RequestParts& parts) {
    static const Router router(api::tags());
    const auto verb = http::string_to_verb(std::string(method));
    const auto destination = router.find(verb, target);
    const bool lacks_body = destination.takes_body && !parts.body;
    if (!destination.operation || verb == http::verb::head || lacks_body || destination.on_app_host)
        return std::nullopt;
    const auto* const called =
        method_where([&](const ProtoMethod& one) { return one.operation == destination.operation; });
    if (!called) return std::nullopt;

    json::object ids;
    for (const auto& [name, value] : destination.fields) {
        const auto* const field = called->request->find(name);
        if (field) ids[field->json_name] = value;
    }
    auto text = json::serialize(ids);
    if (parts.body) {
        auto body = *parts.body;
        if (!destination.body_field.empty())
            body = R"({")" + std::string(destination.body_field) + "\":" + body + "}";
        body = to_message_text(*called->request, body);
        const auto brace = body.find('{');
        const auto content = body.find_first_not_of(" \t\r\n");
        const bool is_object = brace != std::string::npos && brace == content;
        const bool is_empty = is_object && body.find_first_not_of(" \t\r\n", brace + 1) == body.find('}');
        if (is_object) text.back() = is_empty || ids.empty() ? ' ' : ',';
        text = is_object ? text + body.substr(brace + 1) : body;
    }
    Headers headers = parts.headers;
    headers.emplace_back("Connect-Protocol-Version", "1");
    return request_text("POST", called->path, {parts.token, text, headers});
}

bool is_by_name(const std::string_view target) {
    return target.starts_with('/' + std::string(connect::proto_package) + '.');
}

Answer as_by_path(const std::string_view target, const Answer& answer) {
    const auto* const method = method_where([&](const ProtoMethod& one) { return one.path == target; });
    if (answer.status != 200) return as_error_by_path(answer);
    Answer by_path = answer;
    const auto success = method->operation->success;
    by_path.status = static_cast<int>(http_status(success));
    by_path.body = success == api::Success::done
                       ? json::value()
                       : json::value(to_path_object(*method->response, answer.body.as_object()));
    by_path.text = json::serialize(by_path.body);
    return by_path;
}

}  // namespace gateway::test
