#include "server/api/test_event.hpp"

#include "server/api/event_recorder.hpp"

#include <utility>

namespace gateway::api {

Result<TestEventResponse> send_test_event(storage::Transaction& transaction, const TestEventRequest& request,
                                          const Services& services) {
    const auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (!webhook->active) {
        return ApiError{ErrorCode::invalid_request,
                        "The webhook is inactive, so that nothing is sent to it; activate it first."};
    }
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    storage::Event event{.type = request.event,
                         .client_id = {},
                         .correlation_id = {},
                         .test = true,
                         .payload = std::string(example_payload(request.event)),
                         .created_at = {}};
    const auto audience = storage::audience_of(transaction, request.app_id, request.event, {webhook->number});
    EventRecorder(transaction, services, request.app_id).record(event, audience);
    return TestEventResponse{{.id = std::move(event.id),
                              .client_id = {},
                              .type = event.type,
                              .correlation_id = {},
                              .created_at = {event.created_at}}};
}

}  // namespace gateway::api
