// Bodies of requests: a field is good or told about, in words that fit into the answer.

#include "server/api/request_body.hpp"
#include "server/api/webhook_url.hpp"
#include "tests/fuzz/target.hpp"

#include <optional>
#include <string_view>

namespace gateway::fuzz {

namespace {

/// What is read of a body that has every kind of field; true where nothing is wrong.
template <class Read>
void check(const std::string_view text, Read read) {
    api::RequestBody body(text);
    const bool has_value = read(body);
    expect(has_value == body.good(), "a field is good or told about");
    const auto message = body.error(ErrorCode::invalid_request).message;
    expect(message.empty() == body.good(), "what is wrong is told");
    expect(is_one_line(message), "a message is one line");
}

}  // namespace

void try_input(const std::string_view input) {
    const auto check_url = [](const std::string_view url) { return api::check_webhook_url(url, true); };
    const auto mode = [](const std::string_view word) {
        return word == "dev" || word == "prod" ? std::optional(word.size()) : std::nullopt;
    };
    check(input, [](auto& body) { return body.event_type("event").has_value(); });
    check(input, [](auto& body) { return body.event_set("events").has_value(); });
    check(input, [&](auto& body) { return body.text("url", "a url", check_url).has_value(); });
    check(input, [&](auto& body) { return body.word("mode", "a mode", mode).has_value(); });
}

}  // namespace gateway::fuzz
