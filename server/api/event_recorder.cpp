#include "server/api/event_recorder.hpp"

#include "server/delivery/item.hpp"

#include <utility>

namespace gateway::api {

Result<void> check_room(const Services& services) {
    if (!services.intake || !services.intake->is_closed()) return {};
    constexpr std::chrono::seconds retry_after{30};
    return ApiError{ErrorCode::storage_unavailable,
                    "The database has reached its limit with what is still to be delivered; try again later.",
                    retry_after};
}

EventRecorder::EventRecorder(storage::Transaction& transaction, const Services& services, std::string app_id)
    : transaction_(transaction), services_(services), app_id_(std::move(app_id)) {}

void EventRecorder::record(storage::Event& event) {
    record(event, storage::current_audience(transaction_, app_id_, event.type));
}

void EventRecorder::record(storage::Event& event, const storage::Audience& audience) {
    event.id = services_.ids.next("evt");
    event.app_id = app_id_;
    event.created_at = transaction_.now();
    storage::insert_event(transaction_, event, audience);
    if (!services_.feed || audience.webhooks->empty()) return;
    const auto created_at = format_timestamp(event.created_at);
    delivery::Item item{
        event.number, event.id,
        delivery::item_text(event.id, to_string(event.type), event.payload, created_at, event.test)};
    tell({std::make_shared<const delivery::Item>(std::move(item)), audience.webhooks});
}

void EventRecorder::tell(delivery::Publication::Event event) {
    if (!publication_) {
        publication_ = std::make_shared<delivery::Publication>(delivery::Publication{app_id_, {}});
        transaction_.after_commit([feed = services_.feed, publication = publication_] {
            feed->published(std::move(*publication));
        });
    }
    publication_->events.push_back(std::move(event));
}

}  // namespace gateway::api
