#include "server/api/scopes.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/users.hpp"
#include "server/text/quote.hpp"
#include "storage/tables/scopes.hpp"

#include <algorithm>
#include <utility>

namespace gateway::api {

namespace json = boost::json;
using storage::Snapshot;
using storage::Transaction;

namespace {

constexpr std::size_t longest_scope = 64;
constexpr std::string_view reserved = "prld:";

bool may_stand_in_scope(const char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
}

/// A user and a scope of one app.
struct UserScope {
    storage::User user;
    std::int64_t scope;
};

Result<UserScope> find(Snapshot& snapshot, const UserScopeRequest& request) {
    auto user = existing_user(snapshot, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    const auto scope = storage::find_scope(snapshot, request.app_id, request.scope.text);
    if (!scope) return scope_not_found();
    return UserScope{*std::move(user), *scope};
}

}  // namespace

Result<Scope> Wire<Scope>::parse(const std::string_view field, const std::string_view text) {
    if (text.starts_with(reserved)) return wrong(field, quote(text), "one without prld: in front");
    if (!text.empty() && text.size() <= longest_scope && std::ranges::all_of(text, may_stand_in_scope))
        return Scope{std::string(text)};
    return wrong(field, quote(text), expected());
}

json::object Wire<Scope>::schema(Components&) {
    return {{"type", "string"},
            {"minLength", 1},
            {"maxLength", longest_scope},
            {"pattern", "^(?!prld:)[a-zA-Z0-9.\\-_:]+$"}};
}

Result<ScopesResponse> list_scopes(Snapshot& snapshot, const AppRequest& request) {
    return ScopesResponse{storage::list_scopes(snapshot, request.app_id)};
}

Result<ScopesResponse> add_scope(Transaction& transaction, const ScopeRequest& request) {
    auto scopes = storage::list_scopes(transaction, request.app_id);
    if (std::ranges::find(scopes, request.scope.text) != scopes.end())
        return ApiError{ErrorCode::scope_already_exists, "scope: found one that the app has."};
    if (scopes.size() >= most_scopes) {
        return ApiError{ErrorCode::invalid_request, "scope: the app has " + std::to_string(most_scopes) +
                                                        " scopes, as many as it may have."};
    }
    storage::insert_scope(transaction, request.app_id, request.scope.text);
    scopes.push_back(request.scope.text);
    return ScopesResponse{std::move(scopes)};
}

Result<ScopesResponse> remove_scope(Transaction& transaction, const ScopeRequest& request) {
    const auto scope = storage::find_scope(transaction, request.app_id, request.scope.text);
    if (!scope) return scope_not_found();
    storage::remove_scope(transaction, *scope);
    return ScopesResponse{storage::list_scopes(transaction, request.app_id)};
}

Result<SuccessResponse> add_user_scope(Transaction& transaction, const UserScopeRequest& request) {
    auto found = find(transaction, request);
    if (found.has_error()) return found.error();
    auto& [user, scope] = *found;
    if (!storage::has_scope(transaction, user.number, scope)) {
        storage::insert_user_scope(transaction, user.number, scope);
        storage::update_user(transaction, user);
    }
    return SuccessResponse{};
}

Result<SuccessResponse> remove_user_scope(Transaction& transaction, const UserScopeRequest& request) {
    auto found = find(transaction, request);
    if (found.has_error()) return found.error();
    auto& [user, scope] = *found;
    if (storage::has_scope(transaction, user.number, scope)) {
        storage::delete_user_scope(transaction, user.number, scope);
        storage::update_user(transaction, user);
    }
    return SuccessResponse{};
}

namespace {

using enum ErrorCode;

constexpr std::string_view scopes_path = "/v2/session/apps/{appID}/config/scopes";

constexpr Operation operations[] = {
    {.id = "listScopes",
     .summary = "List the scopes of an app",
     .routes = Route{Method::get, scopes_path},
     .performer = read<list_scopes>},
    {.id = "addScope",
     .summary = "Add a scope to an app",
     .routes = Route{Method::post, scopes_path},
     .success = Success::created,
     .errors = {invalid_request, scope_already_exists},
     .performer = write<add_scope>},
    {.id = "removeScope",
     .summary = "Remove a scope from an app, and from its users",
     .routes = Route{Method::delete_, scopes_path},
     .errors = {invalid_request, scope_not_found},
     .performer = write<remove_scope>},
};

}  // namespace

std::span<const Operation> scope_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
