// The operations of the Mode tag.
#pragma once

#include "server/api/operation.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/apps.hpp"

#include <span>
#include <string>

namespace gateway::api {

/// The app of a request, whatever the request is about.
inline constexpr FieldText app_id_text{"app_id", "The app that the request is about.", R"("54e9ujn")"};

struct AppRequest {
    std::string app_id;

    static constexpr auto describe() {
        return message("AppRequest", field(&AppRequest::app_id, app_id_text));
    }
};

inline constexpr FieldText mode_text{"mode", {}};

struct UpdateModeRequest {
    std::string app_id;
    storage::Mode mode;

    static constexpr auto describe() {
        return message("UpdateModeRequest", field(&UpdateModeRequest::app_id, app_id_text),
                       field(&UpdateModeRequest::mode, mode_text));
    }
};

struct ModeResponse {
    storage::Mode mode;

    static constexpr auto describe() { return message("Mode", field(&ModeResponse::mode, mode_text)); }
};

/// `app_not_found` when there is no such app, here and below. Throws where its row holds no mode.
Result<ModeResponse> get_mode(storage::Snapshot& snapshot, const AppRequest& request);

/// Changes what an app is for; back in `prod`, its webhooks with a plain http url become inactive, unless the
/// settings allow such urls anyway; so do those whose row cannot be read.
Result<void> update_mode(storage::Transaction& transaction, const UpdateModeRequest& request,
                         bool allow_http);

std::span<const Operation> mode_operations() noexcept;

}  // namespace gateway::api
