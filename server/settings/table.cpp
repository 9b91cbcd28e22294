#include "server/settings/table.hpp"

#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/origin.hpp"
#include "server/text/edit_distance.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <stdexcept>

namespace gateway {

namespace {

using namespace std::chrono_literals;
using namespace setting;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;

using Port = Integer<std::uint16_t>;
using Count = Integer<std::size_t>;

// No time limit can be switched off: each guards something that a silent peer could hold for ever.
constexpr Duration time_limit{1ms, 1h};

/// An address that a socket can be bound to, also as it stands in a URL: "[::1]".
std::optional<std::string> listen_address(const std::string& text) {
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    const auto plain = bracketed ? text.substr(1, text.size() - 2) : text;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(plain, error);
    const bool is_group = address.is_multicast() || address == boost::asio::ip::address_v4::broadcast();
    if (error || is_group || (bracketed && address.is_v4())) return std::nullopt;
    return plain;
}

/// A host name in lower case, or nothing at all.
std::optional<std::string> host_suffix(const std::string& text) {
    auto name = boost::to_lower_copy(text);
    const auto allowed = [](const char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    const bool is_name = std::ranges::all_of(name, allowed) && !name.starts_with('.') &&
                         !name.ends_with('.') && name.find("..") == std::string::npos;
    return is_name ? std::optional(std::move(name)) : std::nullopt;
}

/// A network, or a single address for the network of that address alone.
std::optional<std::string> network(const std::string& text) {
    const bool is_single = text.find('/') == std::string::npos;
    auto spelled = is_single ? text + (text.find(':') == std::string::npos ? "/32" : "/128") : text;
    try {
        outgoing::parse_network(spelled);
        return spelled;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

/// A URL that can be called, or none.
std::optional<std::string> url_or_nothing(const std::string& text) {
    if (!text.empty() && outgoing::parse_destination(text).has_error()) return std::nullopt;
    return text;
}

template <auto Section, auto Member, class Kind>
Setting row(std::string_view key, const Kind& kind, std::string_view description,
            std::string_view advice = {}) {
    const auto assign = [kind](Settings& settings, const Written& written) -> std::optional<Refusal> {
        auto reading = kind.read(written);
        if (const auto* const refusal = std::get_if<Refusal>(&reading)) return *refusal;
        settings.*Section.*Member = std::get<0>(std::move(reading));
        return std::nullopt;
    };
    const auto write = [kind](const Settings& settings) { return kind.write(settings.*Section.*Member); };
    return {key, kind.allowed(), description, advice, assign, write};
}

std::vector<Setting> make_table() {
    return {
        row<&Settings::server, &ServerSettings::address>(
            "server.address", Text{"an IPv4 or IPv6 address of one machine", listen_address},
            "IP address to listen on; plain HTTP, so keep it on loopback unless a proxy speaks TLS in front",
            "Whoever can listen in reads the API tokens. \"0.0.0.0\" is every IPv4 address "
            "of the machine, \"::\" every address."),
        row<&Settings::server, &ServerSettings::port>("server.port", Port{0, 65'535},
                                                      "TCP port to listen on; 0 takes any free one",
                                                      "The line printed when the daemon is ready names it."),
        row<&Settings::server, &ServerSettings::threads>(
            "server.threads", Count{1, 64}, "threads that serve connections",
            "About one for each core of the machine, less what the database needs."),
        row<&Settings::server, &ServerSettings::max_body>(
            "server.max_body", Size{1, 64 * mib}, "largest body of a request; a larger one is answered 413",
            "The default is far more than any request needs, those apart that publish."),
        row<&Settings::server, &ServerSettings::body_memory>(
            "server.body_memory", Size{64 * kib, 64 * gib},
            "memory of the request bodies that are held at a time; one more is answered 503",
            "Far more than events.max_body, or one caller's large request keeps the others out."),
        row<&Settings::server, &ServerSettings::max_header>(
            "server.max_header", Size{256, 64 * kib},
            "largest request line and headers, together; larger ones are answered 431"),
        row<&Settings::server, &ServerSettings::max_connections>(
            "server.max_connections", Count{1, 1'000'000},
            "connections open at a time; one more is answered 503 and closed",
            "Each takes a file descriptor: a limit of the system that is too low for this number is reported "
            "at the start."),
        row<&Settings::server, &ServerSettings::header_timeout>(
            "server.header_timeout", time_limit, "time a client has to send the headers of a request",
            "It counts from their first byte and cuts slow senders off."),
        row<&Settings::server, &ServerSettings::body_timeout>(
            "server.body_timeout", time_limit, "time a client has to send the body of a request"),
        row<&Settings::server, &ServerSettings::idle_timeout>(
            "server.idle_timeout", time_limit, "time a connection may stay silent between requests"),
        row<&Settings::server, &ServerSettings::write_timeout>("server.write_timeout", time_limit,
                                                               "time a client has to take an answer"),
        row<&Settings::server, &ServerSettings::request_timeout>(
            "server.request_timeout", time_limit, "time within which a request is answered or dropped",
            "Requests that wait for somebody else's server are excepted."),
        row<&Settings::server, &ServerSettings::app_host_suffix>(
            "server.app_host_suffix", Text{"a host name like \"hooks.example.com\", or \"\"", host_suffix},
            "an app's own host is its id, a dot and this: there /.well-known/jwks.json is the app's key set",
            "A proxy in front has to pass the field Host on. Empty: the key sets are below the paths of the "
            "apps alone."),
        row<&Settings::server, &ServerSettings::shutdown_timeout>(
            "server.shutdown_timeout", time_limit,
            "time a stop waits for the requests in flight; overrunning it ends with exit status 1",
            "Keep it longer than request_timeout, and shorter than what the service manager waits before it "
            "kills."),

        row<&Settings::database, &DatabaseSettings::path>(
            "database.path", Path{}, "the SQLite file; its folder must be writable",
            "It is made on the first start, readable by its owner only. SQLite keeps two more files beside "
            "it (-wal and -shm). Not on a network file system."),
        row<&Settings::database, &DatabaseSettings::synchronous>(
            "database.synchronous",
            Choice<storage::Synchronous>{
                {{"full", storage::Synchronous::full}, {"normal", storage::Synchronous::normal}}},
            "full: what was answered survives a power failure; normal: faster, the last writes may be lost "
            "then",
            "Both are safe when the daemon is killed."),
        row<&Settings::database, &DatabaseSettings::readers>(
            "database.readers", Count{1, 64}, "threads that read the database, each on its own connection",
            "There is always exactly one that writes."),
        row<&Settings::database, &DatabaseSettings::write_queue>(
            "database.write_queue", Count{1, 1'000'000}, "writes that may wait; one more is answered 503"),
        row<&Settings::database, &DatabaseSettings::read_queue>(
            "database.read_queue", Count{1, 1'000'000}, "reads that may wait; one more is answered 503"),
        row<&Settings::database, &DatabaseSettings::checkpoint_size>(
            "database.checkpoint_size", Size{64 * kib, 64 * gib},
            "size of the write-ahead log (the -wal file) at which it is written back into the database",
            "Larger: fewer pauses and more disk space. The log grows past it while somebody holds a read "
            "transaction open."),
        row<&Settings::database, &DatabaseSettings::busy_timeout>(
            "database.busy_timeout", time_limit,
            "time to wait for another process that holds the database; then the answer is 503",
            "A backup or an open sqlite3 may hold it."),

        row<&Settings::log, &LogSettings::level>(
            "log.level",
            Choice<LogLevel>{{{"trace", LogLevel::trace},
                              {"debug", LogLevel::debug},
                              {"info", LogLevel::info},
                              {"warning", LogLevel::warning},
                              {"error", LogLevel::error}}},
            "the least severe lines that are logged",
            "\"info\" has one line for each request. The log goes to stderr."),
        row<&Settings::log, &LogSettings::format>(
            "log.format",
            Choice<LogFormat>{
                {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}}},
            "auto: text on a terminal, JSON lines otherwise", "JSON has one object on each line."),

        row<&Settings::secrets, &SecretSettings::key_file>(
            "secrets.key_file", Path{},
            "the key that seals secrets in the database; made on first start, back it up apart from the "
            "database",
            "Without it the webhooks' verification tokens are lost. It is readable by its owner only."),

        row<&Settings::webhooks, &WebhookSettings::allow_http>(
            "webhooks.allow_http", Boolean{},
            "whether a webhook's URL may be plain http, readable on its way", "For development only."),
        row<&Settings::webhooks, &WebhookSettings::max_per_app>("webhooks.max_per_app", Count{1, 100'000},
                                                                "webhooks that one app may have"),
        row<&Settings::webhooks, &WebhookSettings::activations_per_minute>(
            "webhooks.activations_per_minute", Count{1, 1'000},
            "activation challenges of one webhook within a minute, ten times as many of one app and to one "
            "host; one more is answered 429",
            "Few, because each makes this server send a request to an address that the caller chose."),
        row<&Settings::webhooks, &WebhookSettings::running_activations>(
            "webhooks.running_activations", Count{1, 10'000},
            "activation challenges that run at once, a quarter of them for one app; one more is answered "
            "429"),

        row<&Settings::sessions, &SessionSettings::max_per_user>(
            "sessions.max_per_user", Count{1, 1'000},
            "live sessions that one user may have; one more ends the oldest"),
        row<&Settings::sessions, &SessionSettings::max_age>(
            "sessions.max_age", Duration{0ms, 24h * 3'650},
            "time after which a session ends by itself, however much it is used; 0: never"),

        row<&Settings::events, &EventSettings::max_body>(
            "events.max_body", Size{1, 64 * mib},
            "largest body of a request that publishes; a larger one is answered 413"),

        row<&Settings::delivery, &DeliverySettings::timeout>(
            "delivery.timeout", time_limit,
            "time for one outgoing request, from the name look-up to the last byte of the answer",
            "When it is over the request has failed, wherever it stood."),
        row<&Settings::delivery, &DeliverySettings::ca_file>(
            "delivery.ca_file", Path{Path::Empty::means_none},
            "certificate authorities (PEM) to trust beside the system's",
            "For receivers with a certificate of your own authority."),
        row<&Settings::delivery, &DeliverySettings::allow_networks>(
            "delivery.allow_networks",
            TextList{"a list of networks like \"10.1.0.0/16\" or \"10.1.2.3\"", network},
            "networks that receivers may be in although they are closed by default (private, loopback, ...)",
            "Keep them as small as can be: whoever holds an API token can have requests sent into them."),
        row<&Settings::delivery, &DeliverySettings::deny_networks>(
            "delivery.deny_networks",
            TextList{"a list of networks like \"10.1.0.0/16\" or \"10.1.2.3\"", network},
            "networks that receivers may not be in; wins over allow_networks"),
        row<&Settings::delivery, &DeliverySettings::signers>(
            "delivery.signers", Count{0, 64}, "bodies that are signed at once; 0: one for each core",
            "Bodies of several events get what other work leaves of the processors."),
        row<&Settings::delivery, &DeliverySettings::secret_overlap>(
            "delivery.secret_overlap", Duration{0ms, 365 * 24h},
            "time a webhook's former secret signs along after it was replaced",
            "Within it the receiver has to take the new one over."),
        row<&Settings::delivery, &DeliverySettings::success>(
            "delivery.success",
            Choice<SuccessStatus>{{{"200", SuccessStatus::ok}, {"2xx", SuccessStatus::any_2xx}}},
            "the answers that say that a receiver has the events; after any other they are sent again"),
        row<&Settings::delivery, &DeliverySettings::batch_events>(
            "delivery.batch_events", Count{1, 1'000}, "events that go in one request",
            "A request never waits for more of them: it takes what gathered while the last one was under "
            "way."),
        row<&Settings::delivery, &DeliverySettings::batch_bytes>(
            "delivery.batch_bytes", Size{1 * kib, 4 * mib}, "size of a request of several events",
            "A single event may be larger, and goes alone then."),
        row<&Settings::delivery, &DeliverySettings::in_flight>(
            "delivery.in_flight", Count{1, 10'000}, "requests under way at a time",
            "One app takes as many as it leaves for the others, so never more than half."),
        row<&Settings::delivery, &DeliverySettings::in_flight_per_webhook>(
            "delivery.in_flight_per_webhook", Count{1, 100}, "requests under way to one webhook",
            "With more than one, events may arrive out of their order."),
        row<&Settings::delivery, &DeliverySettings::requests_per_second>(
            "delivery.requests_per_second", Count{0, 100'000},
            "requests to one webhook within a second; 0: no limit"),
        row<&Settings::delivery, &DeliverySettings::first_retry>(
            "delivery.first_retry", Duration{1ms, 24h},
            "time after which a failed delivery is tried again; it doubles with each further failure"),
        row<&Settings::delivery, &DeliverySettings::longest_retry>(
            "delivery.longest_retry", Duration{1ms, 24h * 30},
            "the longest time between two attempts, also where a receiver asks for more (Retry-After)"),
        row<&Settings::delivery, &DeliverySettings::expire_after>(
            "delivery.expire_after", Duration{1s, 24h * 365},
            "time after which an event that could not be delivered is given up for that webhook"),
        row<&Settings::delivery, &DeliverySettings::disable_after>(
            "delivery.disable_after", Duration{0ms, 24h * 365},
            "a webhook whose receiver only failed for so long is deactivated; 0: never",
            "What is queued for it waits until it is activated again, or expires."),

        row<&Settings::retention, &RetentionSettings::events>(
            "retention.events", Duration{0ms, 24h * 3'650},
            "time for which events and what became of them are kept; 0: for ever",
            "An event that is still to be delivered stays until it is delivered or expires."),
        row<&Settings::retention, &RetentionSettings::attempts>(
            "retention.attempts", Duration{0ms, 24h * 3'650},
            "time for which the requests to receivers are kept; 0: for ever"),
        row<&Settings::retention, &RetentionSettings::max_size>(
            "retention.max_size", Size{0, 64 * 1024 * gib},
            "size of the database's contents at which the oldest events go before their time; 0: no limit",
            "When nothing is left to remove but what is still to be delivered, publishing is answered 503 "
            "until there is room. Leave the disk room beyond it for the write-ahead log."),

        row<&Settings::operator_, &OperatorSettings::notify_url>(
            "operator.notify_url", Text{"an http or https URL, or nothing", url_or_nothing},
            "URL that is sent a POST when the daemon deactivates a webhook; empty: none",
            "Signed like a delivery of the webhook's app. delivery.allow_networks holds for it as well."),
    };
}

}  // namespace

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = make_table();
    return table;
}

std::string variable_name(std::string_view key) {
    std::string name(variable_prefix);
    for (const char character : key) {
        const bool is_lower = character >= 'a' && character <= 'z';
        const char upper = is_lower ? static_cast<char>(character - 'a' + 'A') : character;
        name += character == '.' ? '_' : upper;
    }
    return name;
}

const Setting* find_setting(std::string_view key) {
    const auto& table = settings_table();
    const auto found = std::ranges::find(table, key, &Setting::key);
    return found == table.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
    return std::ranges::any_of(settings_table(), [name](const Setting& setting) {
        return setting.key.size() > name.size() && setting.key.starts_with(name) &&
               setting.key[name.size()] == '.';
    });
}

const Setting& nearest_setting(std::string_view unknown) {
    // Far longer than any key, and short enough that the distance of a hostile one costs nothing.
    constexpr std::size_t longest = 64;
    const auto word = unknown.substr(0, longest);
    const auto distance = [word](const Setting& setting) {
        const auto name = setting.key.substr(setting.key.find('.') + 1);
        const std::size_t without_section = 1 + edit_distance(word, name);
        return std::min(edit_distance(word, setting.key), without_section);
    };
    return *std::ranges::min_element(settings_table(), {}, distance);
}

}  // namespace gateway
