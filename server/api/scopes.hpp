// The operations of the "Config - Scopes" tag, and those that give a scope to a user or take it back. No
// event tells of any of them.
#pragma once

#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/user_values.hpp"
#include "storage/engine/transaction.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// Scopes that an app may have.
inline constexpr std::size_t most_scopes = 250;

/// The name of something that a user may be allowed: 1 to 64 letters, digits and . - _ :, of which those that
/// begin with "prld:" are nobody's to give.
struct Scope {
    std::string text;
};

template <>
struct Wire<Scope> : TextWire<Scope> {
    static std::string expected() { return "a text of 1 to 64 letters, digits and . - _ :"; }

    static Result<Scope> parse(std::string_view field, std::string_view text);
    static boost::json::object schema(Components&);
};

inline constexpr FieldText scope_text{"scope", "The scope; \"prld:\" in front is reserved.",
                                      R"("orders:read")"};

/// Of addScope and its inverse.
struct ScopeRequest {
    std::string app_id;
    Scope scope;

    static constexpr auto describe() {
        return message("ScopeRequest", field(&ScopeRequest::app_id, app_id_text),
                       field(&ScopeRequest::scope, scope_text));
    }
};

struct ScopesResponse {
    std::vector<std::string> scopes;

    static constexpr auto describe() {
        return message(
            "ScopesResponse",
            field(&ScopesResponse::scopes, {"scopes", "Those of the app, in the order of their addition."}));
    }
};

/// Of addUserScope and its inverse.
struct UserScopeRequest {
    std::string app_id;
    std::string user_id;
    Scope scope;

    static constexpr auto describe() {
        using Request = UserScopeRequest;
        return message("UserScopeRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text), field(&Request::scope, scope_text));
    }
};

struct SuccessResponse {
    bool success = true;

    static constexpr auto describe() {
        return message("SuccessResponse",
                       field(&SuccessResponse::success, {"success", "True: else there is an error."}));
    }
};

Result<ScopesResponse> list_scopes(storage::Snapshot& snapshot, const AppRequest& request);

/// `scope_already_exists`; `invalid_request` where the app has `most_scopes`. The app exists.
Result<ScopesResponse> add_scope(storage::Transaction& transaction, const ScopeRequest& request);

/// Takes it from every user too, whose `updated_at` stays as it is. `scope_not_found`, here and below.
Result<ScopesResponse> remove_scope(storage::Transaction& transaction, const ScopeRequest& request);

/// `user_not_found`. What is so already stays as it is, `updated_at` included.
Result<SuccessResponse> add_user_scope(storage::Transaction& transaction, const UserScopeRequest& request);

/// As add_user_scope().
Result<SuccessResponse> remove_user_scope(storage::Transaction& transaction, const UserScopeRequest& request);

/// Of the tag "Config - Scopes".
std::span<const Operation> scope_operations() noexcept;

}  // namespace gateway::api
