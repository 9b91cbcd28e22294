#include "tests/bench/delivery/calls.hpp"

#include <array>
#include <cstdio>

namespace gateway::bench {

namespace {

constexpr std::size_t event_size = 300;  // in the body of a delivery, where it is published

std::string payload_of(const std::uint64_t number) {
    std::string text = R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt","identifiers":[],"source":"load",)"
                       R"("created_at":"2026-01-01T00:00:00.000Z","profile":{"note":")" +
                       in_digits(number);
    // As long as those that the daemon puts around it.
    constexpr std::string_view around =
        R"({"id":"evt_01jqebhswje1ka1z7ahr9rfsgt","type":"user.created","payload":,"created_at":"2026-01-01T00:00:00.000Z"})";
    constexpr std::string_view end = R"("}})";
    text.append(event_size - around.size() - text.size() - end.size(), 'x');
    return text.append(end);
}

std::string identifier_of(const std::string& name) {
    return R"({"type":"email_address","value":")" + name + R"(@example.com"})";
}

}  // namespace

std::string in_digits(const std::uint64_t number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%026llu", static_cast<unsigned long long>(number));
    return text.data();
}

std::string app_id(const std::size_t number) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%07zu", number);
    return text.data();
}

std::string request(const std::string_view method, const std::string& path, const std::string& token,
                    const std::string_view body) {
    std::string text(method);
    text.append(" /v2/session/apps/")
        .append(path)
        .append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ");
    text.append(token).append("\r\nContent-Type: application/json\r\nContent-Length: ");
    return text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

std::string events_body(const std::uint64_t first, const std::size_t count) {
    std::string body = count > 1 ? R"({"events":[)" : "";
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) body += ',';
        body.append(R"({"type":"user.created","payload":)").append(payload_of(first + i)).append("}");
    }
    return count > 1 ? body + "]}" : body;
}

std::string user_body(const std::string& name, const std::string& note) {
    return R"({"identifiers":[)" + identifier_of(name) + R"(],"profile":{"note":")" + note + R"("}})";
}

std::string session_body(const std::string& name, const std::string& note) {
    return R"({"identifier":)" + identifier_of(name) + R"(,"metadata":{"note":")" + note + R"("}})";
}

}  // namespace gateway::bench
