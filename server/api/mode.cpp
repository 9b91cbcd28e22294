#include "server/api/mode.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/webhook_url.hpp"
#include "server/api/webhooks.hpp"
#include "storage/tables/webhooks.hpp"

#include <stdexcept>

namespace gateway::api {

using storage::Mode;
using storage::Snapshot;
using storage::Transaction;

Result<ModeResponse> get_mode(Snapshot& snapshot, const AppRequest& request) {
    const auto app = storage::find_app(snapshot, request.app_id);
    if (!app) return app_not_found();
    if (!app->mode) throw std::runtime_error(app->fault);
    return ModeResponse{*app->mode};
}

Result<void> update_mode(Transaction& transaction, const UpdateModeRequest& request, const bool allow_http) {
    const auto app = storage::find_app(transaction, request.app_id);
    if (!app) return app_not_found();
    if (app->mode == request.mode) return {};
    storage::set_app_mode(transaction, request.app_id, request.mode);
    if (request.mode == Mode::dev || allow_http) return {};
    for (auto& webhook : storage::list_webhooks(transaction, request.app_id)) {
        const bool is_fine = webhook.fault.empty() && check_webhook_scheme(webhook.url, false).has_value();
        if (webhook.active && !is_fine) storage::deactivate_webhook(transaction, webhook);
    }
    return {};
}

namespace {

Result<void> update_mode_by_settings(Transaction& transaction, const UpdateModeRequest& request,
                                     const Services& services) {
    auto outcome = update_mode(transaction, request, services.webhooks.allow_http);
    for (const auto& webhook : storage::list_webhooks(transaction, request.app_id))
        tell_dispatcher(transaction, webhook.number, services);
    return outcome;
}

constexpr std::string_view path = "/v2/session/apps/{appID}/mode";

constexpr Operation operations[] = {
    {.id = "getMode",
     .summary = "Get the mode of an app",
     .routes = Route{Method::get, path},
     .performer = read<get_mode>},
    {.id = "updateMode",
     .summary = "Set the mode of an app",
     .routes = Route{Method::put, path},
     .success = Success::done,
     .errors = {ErrorCode::invalid_request},
     .performer = write<update_mode_by_settings>},
};

}  // namespace

std::span<const Operation> mode_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
