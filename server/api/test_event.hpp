// An example of an event, sent to one webhook alone.
#pragma once

#include "server/api/events.hpp"
#include "server/api/webhooks.hpp"

#include <string>

namespace gateway::api {

struct TestEventRequest {
    std::string app_id;
    std::string webhook_id;
    EventType event{};

    static constexpr auto describe() {
        using Request = TestEventRequest;
        return message(
                   "TestEventRequest", field(&Request::app_id, app_id_text),
                   field(&Request::webhook_id, webhook_id_text),
                   field(&Request::event, {"event", "The event type, whether it is subscribed to or not."}))
            .with_fault(ErrorCode::invalid_webhook_event);
    }
};

struct TestEventResponse {
    PublishedEvent event;

    static constexpr auto describe() {
        return message("TestEventResponse", field(&TestEventResponse::event,
                                                  {"event", "The receiver gets it with `\"test\": true`."}));
    }
};

/// Publishes the example. `webhook_not_found`; `invalid_request` for an inactive webhook, which nothing is
/// sent to.
Result<TestEventResponse> send_test_event(storage::Transaction& transaction, const TestEventRequest& request,
                                          const Services& services);

}  // namespace gateway::api
