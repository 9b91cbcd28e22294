// The types that fields of users have. What is wrong with one never repeats it where it may be personal.
#pragma once

#include "server/api/json_message.hpp"
#include "server/api/json_object.hpp"
#include "storage/tables/user_identifiers.hpp"
#include "storage/tables/users.hpp"
#include "storage/values/type_id.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

using storage::Identifier;
using storage::IdentifierType;
using storage::UserStatus;

/// Identifiers that a user may have.
inline constexpr std::size_t most_identifiers = 20;

inline constexpr ObjectLimits profile_limits{.bytes = 16'384, .depth = 32};

template <>
struct Words<IdentifierType> {
    static constexpr std::span<const std::string_view> names = storage::identifier_type_names;
    static constexpr std::string_view schema_name = {};
};

template <>
struct Words<UserStatus> {
    static constexpr std::span<const std::string_view> names = storage::user_status_names;
    static constexpr std::string_view schema_name = {};
};

/// The identifier of a text, normalised: a phone number by the shape of E.164, "+" and 7 to 15 digits; an
/// e-mail address of at most 254 bytes in small letters (ASCII), one "@" between texts without blanks.
/// `field` is where the text stands.
Result<Identifier> make_identifier(std::string_view field, IdentifierType type, std::string_view text);

/// Of the texts that make_identifier() takes, but for those that have 254 characters and more bytes.
boost::json::object schema_of_identifier(IdentifierType type);

/// An identifier's text whose type is elsewhere: for make_identifier().
struct IdentifierText {
    std::string text;
};

template <>
struct Wire<IdentifierText> {
    static std::string expected() { return "a text"; }

    static Result<IdentifierText> parse(std::string_view, const std::string_view text) {
        return IdentifierText{std::string(text)};
    }

    static Result<IdentifierText> read(std::string_view field, JsonText value);

    static boost::json::object schema(Components&);
};

template <>
struct Wire<Identifier> {
    static std::string expected() { return "an object with type and value"; }

    static Result<Identifier> read(std::string_view field, JsonText value);
    static boost::json::value write(const Identifier& identifier, const boost::json::storage_ptr& memory);
    static boost::json::object schema(Components& components);
};

/// 1 to `most_identifiers`, each once.
struct Identifiers {
    std::vector<Identifier> list;
};

template <>
struct Wire<Identifiers> {
    static std::string expected() { return "an array of 1 to 20 identifiers"; }

    /// Duplicates are folded.
    static Result<Identifiers> read(std::string_view field, JsonText value);
    static boost::json::object schema(Components& components);
};

/// What an app knows of a user besides: a JSON object, its tokens as the client wrote them, with no white
/// space between them.
struct Profile {
    std::string text = "{}";
};

template <>
struct Wire<Profile> {
    static std::string expected() { return "a JSON object"; }

    static Result<Profile> read(std::string_view field, JsonText value);

    static std::string_view text(const Profile& profile) { return profile.text; }

    static boost::json::object schema(Components&) { return {{"type", "object"}}; }
};

/// The app's own id of a user: 1 to 128 characters, no control characters.
struct ExternalId {
    std::string text;
};

template <>
struct Wire<ExternalId> {
    static std::string expected() { return "a text of 1 to 128 characters"; }

    static Result<ExternalId> parse(std::string_view field, std::string_view text);
    static Result<ExternalId> read(std::string_view field, JsonText value);

    static boost::json::value write(const ExternalId& id, const boost::json::storage_ptr& memory) {
        return boost::json::value(id.text, memory);
    }

    static boost::json::object schema(Components&);
};

template <>
struct Wire<Uuid> : TextWire<Uuid> {
    static std::string expected() { return "a UUID like 0195c8b8-0b26-7845-982f-ebc9ed9be7f1"; }

    static Result<Uuid> parse(std::string_view field, std::string_view text);

    static boost::json::object schema(Components&) { return {{"type", "string"}, {"format", "uuid"}}; }
};

/// What tells receivers which call an event came of: 1 to 64 visible ASCII characters.
struct CallCorrelationId {
    std::string text;
};

template <>
struct Wire<CallCorrelationId> : TextWire<CallCorrelationId> {
    static std::string expected() { return "a text of 1 to 64 visible characters"; }

    static Result<CallCorrelationId> parse(std::string_view field, std::string_view text);
    static boost::json::object schema(Components&);
};

inline constexpr FieldText call_correlation_id_text{
    "correlation_id", "Delivered in the payloads of the events that the call writes.", R"("order-1042")"};
inline constexpr FieldText user_id_text{"user_id", "The user that the request is about.",
                                        R"("usr_01jqebhswje1ka1z7ahr9rfsgt")"};

}  // namespace gateway::api
