#include "server/command/line_parts.hpp"
#include "server/command/user.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/value_from.hpp>

namespace gateway::command {

namespace json = boost::json;

namespace {

void add_all(json::array& identifiers, const storage::IdentifierType type,
             const std::vector<std::string>& values) {
    for (const auto& value : values)
        identifiers.push_back(json::object{{"type", to_string(type)}, {"value", value}});
}

}  // namespace

json::array IdentifierOptions::json() const {
    json::array identifiers;
    add_all(identifiers, storage::IdentifierType::email_address, email_addresses);
    add_all(identifiers, storage::IdentifierType::phone_number, phone_numbers);
    return identifiers;
}

void add_user_id(CLI::App& command, UserOptions& options) {
    add_app_option(command, options.app_id, "The user's app")->required();
    add_id(command, options.user_id, "The user, usr_...");
}

CLI::Option_group* add_identifier_options(CLI::App& command, IdentifierOptions& options) {
    auto* const group = command.add_option_group("identifiers", "What the user logs in with");
    add_texts(*group, "--email-address", options.email_addresses, "An e-mail address, e.g. ada@example.com")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    add_texts(*group, "--phone-number", options.phone_numbers, "A phone number, e.g. +4915123456789")
        ->type_name("NUMBER")
        ->allow_extra_args(false);
    return group;
}

CLI::Option_group* add_one_identifier(CLI::App& command, IdentifierOptions& options) {
    auto* const group = add_identifier_options(command, options);
    for (auto* const option : group->get_options())
        option->expected(1);
    return group;
}

void add_correlation_id(CLI::App& command, api::TextFields& fields) {
    add_field(command, fields, "correlation_id", "Delivered in the payloads of the events", "ID");
}

Row row_of(const api::User& user) {
    json::array identifiers;
    for (const auto& identifier : user.identifiers)
        identifiers.emplace_back(identifier.value);  // which tells its type
    Row row{{"id", user.id},
            {"external_id", user.external_id ? json::value(user.external_id->text) : json::value()},
            {"status", storage::user_status_names[static_cast<std::size_t>(user.status)]},
            {"identifiers", identifiers}};
    row.add_json("profile", api::compact_profile(user.id, user.profile.text));
    row.add("scopes", json::value_from(user.scopes));
    row.add("created_at", json::value(format_timestamp(user.created_at.time)));
    row.add("updated_at", json::value(format_timestamp(user.updated_at.time)));
    return row;
}

}  // namespace gateway::command
