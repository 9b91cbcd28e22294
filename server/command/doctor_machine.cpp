#include "server/command/doctor_checks.hpp"
#include "server/gateway/tls_identity.hpp"
#include "server/outgoing/origin.hpp"
#include "server/outgoing/system_lookup.hpp"
#include "server/outgoing/tls_context.hpp"
#include "storage/tables/overview.hpp"
#include "storage/tables/retention.hpp"
#include "storage/values/quantity.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>

namespace gateway::command {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1U << 20U;

/// What a variable of OpenSSL's says, or else its default.
fs::path path_of(const char* const variable, const char* const otherwise) {
    const char* const set = std::getenv(variable);
    return set ? set : otherwise;
}

bool has_authorities() {
    std::error_code error;
    const auto file = path_of(X509_get_default_cert_file_env(), X509_get_default_cert_file());
    if (fs::exists(file, error)) return true;
    const auto folder = path_of(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
    return fs::directory_iterator(folder, error) != fs::directory_iterator();
}

/// Bytes that a file of Linux names behind `label`; nothing where it does not.
std::optional<std::uint64_t> bytes_in(const char* const file, const std::string& label) {
    constexpr std::uint64_t kibibyte = 1'024;
    std::ifstream lines(file);
    for (std::string word; lines >> word;) {
        std::uint64_t number = 0;
        if (word == label && lines >> number) return number * kibibyte;
    }
    return std::nullopt;
}

std::uint64_t available_memory() {
    constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t limit = unlimited;
    std::ifstream group("/sys/fs/cgroup/memory.max");
    if (!(group >> limit)) limit = unlimited;  // "max", or no such group
    return std::min(limit, bytes_in("/proc/meminfo", "MemAvailable:").value_or(unlimited));
}

/// The host of the newest webhook that is active.
std::string host_to_look_up(storage::Snapshot& snapshot) {
    const auto url = storage::newest_receiver(snapshot);
    const auto destination = outgoing::parse_destination(url.value_or(""));
    return destination ? destination->origin.host : "localhost";
}

}  // namespace

Diagnosis check_clock(storage::CommandDatabase& database, const Clock& clock) {
    constexpr std::string_view check = "clock";
    constexpr std::chrono::milliseconds tolerance = 5s;
    const auto newest = database.read(storage::last_publication);
    const auto now = clock();
    const auto ahead = newest.value_or(now) - now;
    if (ahead <= tolerance) return {check, Verdict::ok, "it is " + format_timestamp(now)};
    return {check, Verdict::warning,
            "it is " + format_timestamp(now) + ", and the newest event is " + in_seconds(ahead) +
                " later: set the clock (NTP?)"};
}

Diagnosis check_authorities(const Settings& settings) {
    constexpr std::string_view check = "authorities";
    try {
        const outgoing::TlsContext context(settings.delivery.ca_file);
    } catch (const std::exception& failure) {
        return {check, Verdict::error, std::string("delivery.ca_file: ") + failure.what()};
    }
    if (has_authorities()) return {check, Verdict::ok, "certificate authorities are installed"};
    if (!settings.delivery.ca_file.empty())
        return {check, Verdict::warning, "only those of delivery.ca_file are there: install ca-certificates"};
    return {check, Verdict::error,
            "there are no certificate authorities: install ca-certificates, or no https receiver is called"};
}

Diagnosis check_certificate(const Settings& settings) {
    constexpr std::string_view check = "certificate";
    constexpr int soon = 14;  // days
    const auto& file = settings.server.tls_certificate;
    if (file.empty()) return {check, Verdict::ok, "no listener speaks TLS"};
    try {
        const auto context = make_tls_context({.certificate = file, .key = settings.server.tls_key});
        int days = 0;
        int seconds = 0;
        ASN1_TIME_diff(&days, &seconds, nullptr,
                       X509_get0_notAfter(SSL_CTX_get0_certificate(context->native_handle())));
        if (days < 0 || seconds < 0)
            return {check, Verdict::error, file.string() + " has expired: renew it, clients refuse it"};
        const auto found = file.string() + " is good for " + std::to_string(days) + " days";
        return days > soon ? Diagnosis{check, Verdict::ok, found}
                           : Diagnosis{check, Verdict::warning, found + ": renew it"};
    } catch (const std::exception& failure) {
        return {check, Verdict::error, failure.what()};
    }
}

Diagnosis check_resolver(storage::CommandDatabase& database) {
    constexpr std::string_view check = "resolver";
    constexpr auto patience = 5s;
    const auto host = database.read(host_to_look_up);
    std::packaged_task<bool()> look_up([host] { return outgoing::system_lookup(host).has_value(); });
    auto answer = look_up.get_future();
    std::thread(std::move(look_up)).detach();  // it may hang for long, and ends with the process
    if (answer.wait_for(patience) != std::future_status::ready)
        return {check, Verdict::error,
                host + " is not answered within " + in_seconds(patience) +
                    ": look at /etc/resolv.conf and its servers"};
    if (answer.get()) return {check, Verdict::ok, host + " is found"};
    return {check, Verdict::warning, host + " is not found: is it spelled right, does the resolver work?"};
}

Diagnosis check_file_limit(const Settings& settings) {
    constexpr std::string_view check = "file limit";
    constexpr rlim_t own_files = 1'000;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto wanted = settings.server.max_connections + own_files;
    const auto found = std::to_string(limit.rlim_max) + " files may be open from here";
    if (limit.rlim_max >= wanted) return {check, Verdict::ok, found};
    return {check, Verdict::warning,
            found + ", and server.max_connections wants " + std::to_string(wanted) +
                ": raise it where the daemon is started (ulimit -Hn, LimitNOFILE=)"};
}

Diagnosis check_memory(const Settings& settings) {
    constexpr std::string_view check = "memory";
    // Measured, see the README: an idle connection, the page cache of a database connection, queues.
    constexpr std::uint64_t for_connection = 8'192;
    constexpr std::uint64_t for_database_connection = 16 * mebibyte;
    constexpr std::uint64_t for_rest = 64 * mebibyte;
    const auto wanted = settings.server.max_connections * for_connection +
                        (settings.database.readers + 2) * for_database_connection +
                        settings.server.body_memory + for_rest;
    const auto available = available_memory();
    const auto found = free_in_mebibytes(available) + " are available";
    if (available >= wanted) return {check, Verdict::ok, found};
    return {check, Verdict::warning,
            found + ", and these settings may take " + in_mebibytes(wanted) +
                ": lower server.max_connections or server.body_memory"};
}

}  // namespace gateway::command
