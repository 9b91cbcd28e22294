// Bodies of requests: a request is read or told about, in words that fit into the answer.

#include "server/api/events.hpp"
#include "server/api/json_message.hpp"
#include "server/api/webhooks.hpp"
#include "tests/fuzz/target.hpp"

#include <string_view>

namespace gateway::fuzz {

namespace {

template <class Request>
void check(const std::string_view body) {
    const auto request = api::read_request<Request>({{{"app_id", "54e9ujn"}, {"webhook_id", "web_1"}}, body});
    if (request.has_value()) return;
    expect(!request.error().message.empty(), "what is wrong is told");
    expect(is_one_line(request.error().message), "a message is one line");
}

}  // namespace

void try_input(const std::string_view input) {
    check<api::CreateWebhookRequest>(input);
    check<api::UpdateWebhookRequest>(input);
    check<api::WebhookEventRequest>(input);
    check<api::UpdateModeRequest>(input);
    check<api::PublishEventsRequest>(input);
}

}  // namespace gateway::fuzz
