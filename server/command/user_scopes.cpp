#include "server/api/scopes.hpp"
#include "server/command/user.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace gateway::command {

namespace {

struct ScopeOptions : ChangeOptions {
    std::string scope;
};

template <auto change>
int change_scopes(const Settings& settings, const ScopeOptions& options) {
    const boost::json::object body{{"scope", options.scope}};
    const auto request = read_change<api::UserScopeRequest>(options, boost::json::serialize(body));
    return change_and_print(settings, options,
                            [&](storage::Transaction& transaction, const api::Services&) -> Result<void> {
                                const auto changed = change(transaction, request);
                                if (changed.has_error()) return changed.error();
                                return {};
                            });
}

void add_scope_change(CLI::App& parent, Invocation& invocation, const std::string& name,
                      const std::string& description,
                      int (*const act)(const Settings&, const ScopeOptions&)) {
    const auto [command, options] = add_user_change(parent, invocation, name, description, act);
    add_scope_name(command, options.scope);
}

}  // namespace

void add_user_scopes(CLI::App& user, Invocation& invocation) {
    add_scope_change(user, invocation, "add-scope", "Give a user one of the app's scopes",
                     change_scopes<api::add_user_scope>);
    add_scope_change(user, invocation, "remove-scope", "Take a scope from a user",
                     change_scopes<api::remove_user_scope>);
}

}  // namespace gateway::command
