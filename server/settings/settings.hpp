// The settings: what they are, their defaults, and how they are loaded from file, environment and command
// line.
#pragma once

#include "storage/values/synchronous.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

// Ranges stand in the settings table (settings_table.cpp); load_settings() lets no value outside of them
// through.

struct ServerSettings {
    /// The IP address to listen on. Loopback, since the API speaks plain HTTP.
    std::string address = "127.0.0.1";
    /// 0 takes any free one.
    std::uint16_t port = 8080;
    /// Threads that serve connections. One for each core of a small machine.
    std::size_t threads = 2;
    /// Bytes of a request's body, 64 KiB: far more than any operation needs but one that publishes.
    std::uint64_t max_body = 65'536;
    /// Bytes of request bodies that are held at a time, 64 MiB; beyond that one more is answered 503.
    std::uint64_t body_memory = 67'108'864;
    /// Bytes of a request's line and headers together, 8 KiB.
    std::uint64_t max_header = 8'192;
    /// Connections open at a time; one more is answered 503 and closed.
    std::size_t max_connections = 10'000;
    /// From the first byte of a request until its headers are complete.
    std::chrono::milliseconds header_timeout{10'000};
    /// From the end of a request's headers until its body is complete.
    std::chrono::milliseconds body_timeout{10'000};
    /// How long a connection may stay silent between requests.
    std::chrono::milliseconds idle_timeout{60'000};
    /// How long the client may take to accept an answer.
    std::chrono::milliseconds write_timeout{10'000};
    /// What was asked is answered or dropped within this, operations that call out excepted.
    std::chrono::milliseconds request_timeout{10'000};
    /// An app's own host is its id, a dot and this, in lower case; empty: apps have none.
    std::string app_host_suffix;
    /// How long a stop waits for what is in flight. More than request_timeout, so that a calm stop overruns
    /// nothing.
    std::chrono::milliseconds shutdown_timeout{15'000};

    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

struct DatabaseSettings {
    /// The SQLite file.
    std::filesystem::path path = "data/session-gateway.db";
    /// `full`: an answer of success survives a power failure.
    storage::Synchronous synchronous = storage::Synchronous::full;
    /// Threads that read, each with a connection of its own.
    std::size_t readers = 2;
    /// Writes that may wait; one more is answered 503. Below 0.3 s of work at 15,000 writes a second.
    std::size_t write_queue = 4096;
    /// Reads that may wait; one more is answered 503.
    std::size_t read_queue = 4096;
    /// Bytes of the write-ahead log, 64 MiB, at which it is written back into the database file.
    std::uint64_t checkpoint_size = 67'108'864;
    /// How long to wait for another process that holds the database.
    std::chrono::milliseconds busy_timeout{5'000};

    friend bool operator==(const DatabaseSettings&, const DatabaseSettings&) = default;
};

enum class LogLevel { trace, debug, info, warning, error };

/// `automatic` ("auto" in the file): text on a terminal, JSON lines otherwise.
enum class LogFormat { automatic, text, json };

struct LogSettings {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::automatic;

    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

struct SecretSettings {
    /// The key that seals secrets in the database. Never inside the database: a copy of that gives no secret
    /// away.
    std::filesystem::path key_file = "data/session-gateway.key";

    friend bool operator==(const SecretSettings&, const SecretSettings&) = default;
};

struct WebhookSettings {
    /// Whether a webhook's URL may be plain http.
    bool allow_http = false;
    /// Webhooks of one app; one more is refused.
    std::size_t max_per_app = 100;
    /// Activation challenges of one webhook; ten times as many of one app and to one host. Few: each is a
    /// request to an address of the caller's choice.
    std::size_t activations_per_minute = 6;
    /// Activation challenges that run at once; a quarter of them for one app.
    std::size_t running_activations = 64;

    friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

struct SessionSettings {
    /// Live sessions of one user; one more ends the oldest.
    std::size_t max_per_user = 100;
    /// From its creation on, after which a session ends by itself; 0: never. A little more than browsers keep
    /// what belongs to it.
    std::chrono::milliseconds max_age = std::chrono::days(400);

    friend bool operator==(const SessionSettings&, const SessionSettings&) = default;
};

/// Which answers of a receiver say that it has the events ("200" and "2xx" in the file).
enum class SuccessStatus { ok, any_2xx };

struct EventSettings {
    /// Bytes of a request's body that publishes, 4 MiB.
    std::uint64_t max_body = 4'194'304;

    friend bool operator==(const EventSettings&, const EventSettings&) = default;
};

struct DeliverySettings {
    /// For one outgoing request, from the name look-up to the last byte of the answer.
    std::chrono::milliseconds timeout{10'000};
    /// Certificate authorities, in PEM, that are trusted beside the system's; empty for none.
    std::filesystem::path ca_file;
    /// Networks that may be reached although they are closed by default, e.g. "10.1.0.0/16".
    std::vector<std::string> allow_networks;
    /// Networks that may not be reached; wins over allow_networks.
    std::vector<std::string> deny_networks;
    /// Bodies that are signed at once, by as many threads of each urgency; 0: one for each core.
    std::size_t signers = 0;
    /// How long a webhook's former secret signs along after a rotation.
    std::chrono::milliseconds secret_overlap{std::chrono::hours(24)};
    SuccessStatus success = SuccessStatus::ok;
    /// Events in one request.
    std::size_t batch_events = 100;
    /// Bytes of the body of a request that has more than one event, 256 KiB.
    std::uint64_t batch_bytes = 262'144;
    /// Requests under way to all receivers; an app takes no more than are left for the others.
    std::size_t in_flight = 256;
    std::size_t in_flight_per_webhook = 1;
    /// To one webhook; 0: as many as there are.
    std::size_t requests_per_second = 0;
    /// The delay after the first failure; each further one doubles it.
    std::chrono::milliseconds first_retry{std::chrono::minutes(1)};
    /// The longest delay between two attempts.
    std::chrono::milliseconds longest_retry{std::chrono::hours(12)};
    /// Counted from when a delivery was due first; no attempt follows.
    std::chrono::milliseconds expire_after{std::chrono::days(14)};
    /// Of failures only; the webhook is deactivated then. 0: never.
    std::chrono::milliseconds disable_after{std::chrono::days(5)};

    friend bool operator==(const DeliverySettings&, const DeliverySettings&) = default;
};

/// What is kept, and for how long.
struct RetentionSettings {
    /// Events with their deliveries, from publication on; 0: for ever.
    std::chrono::milliseconds events = std::chrono::days(30);
    /// Attempts; 0: for ever.
    std::chrono::milliseconds attempts = std::chrono::days(30);
    /// Bytes of what is in the database file; 0: no limit.
    std::uint64_t max_size = 0;

    friend bool operator==(const RetentionSettings&, const RetentionSettings&) = default;
};

struct OperatorSettings {
    /// Told of what the daemon does to webhooks by itself; empty: nobody is.
    std::string notify_url;

    friend bool operator==(const OperatorSettings&, const OperatorSettings&) = default;
};

struct Settings {
    ServerSettings server;
    DatabaseSettings database;
    LogSettings log;
    SecretSettings secrets;
    WebhookSettings webhooks;
    SessionSettings sessions;
    EventSettings events;
    DeliverySettings delivery;
    RetentionSettings retention;
    OperatorSettings operator_;

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// A setting cannot be used. what() is one line: where (file:line:column, or the variable, or "--set"), the
/// key, what was found and what is allowed; for an unknown key the nearest known one.
struct SettingsError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One setting in effect.
struct EffectiveSetting {
    /// E.g. "server.port".
    std::string key;
    /// As it is written in the file: `9000`, `"10s"`. A path stands as it will be opened.
    std::string value;
    /// Where it comes from: "default", "FILE:LINE", "environment SESSION_GATEWAY_SERVER_PORT" or "--set".
    std::string origin;
};

struct LoadedSettings {
    Settings settings;
    /// Every setting, in the order of the settings table.
    std::vector<EffectiveSetting> effective;
};

/// Names and values of environment variables.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// The variable that names the configuration file where the command line names none.
inline constexpr const char* config_file_variable = "SESSION_GATEWAY_CONFIG";

/// Where settings come from; each source overrides those above it.
struct SettingsSources {
    /// A TOML file. A relative path in it counts from its folder, elsewhere from the working directory.
    std::optional<std::filesystem::path> file;
    /// SESSION_GATEWAY_SERVER_PORT for server.port; any name that belongs to no setting is refused.
    Environment environment;
    /// "server.port=9000"; a later one overrides an earlier one.
    std::vector<std::string> overrides;
};

/// The variables whose name starts with SESSION_GATEWAY_, config_file_variable left out. `variables` is like
/// `environ`: "NAME=value" each, null at the end.
Environment settings_environment(const char* const* variables);

/// The defaults, overridden by each source. Throws SettingsError for the first thing that is not right, be it
/// the file (missing, unreadable, not TOML), a key or a value.
LoadedSettings load_settings(const SettingsSources& sources);

/// A setting for readers: the help text, the documentation.
struct SettingDescription {
    std::string key;
    /// The name of its environment variable.
    std::string variable;
    /// As it is written in the file.
    std::string default_value;
    /// What may be written, in words: "an integer from 1 to 64".
    std::string allowed;
    std::string description;
    std::string advice;
};

/// Every setting, in the order of the settings table.
std::vector<SettingDescription> describe_settings();

/// A configuration file with every setting, its default and what it means: config/session-gateway.toml.
std::string example_file();

}  // namespace gateway
