// Clients that add events to many webhooks at once, and a book of what they were told, to hold against the
// file.
#pragma once

#include "storage/values/event_set.hpp"
#include "tests/support/clients.hpp"
#include "tests/support/command_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::test {

/// The number that an environment variable holds, `otherwise` where it is not set. Throws std::runtime_error
/// for anything but a number.
std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);

/// GATEWAY_FAULT_SEED, or one of the machine's choosing.
std::uint64_t seed_from_environment();

/// Evenly from `least` to `most`, the same everywhere for the same engine (std::uniform_int_distribution is
/// not).
std::uint64_t pick(std::mt19937_64& random, std::uint64_t least, std::uint64_t most);

/// What the clients know of one webhook.
struct WebhookBook {
    std::string id;
    std::vector<EventType> acknowledged{};  ///< in the order of the answers
    std::optional<EventType> unanswered{};  ///< asked for last, without an answer
};

/// A migrated folder with an app, its key, many webhooks without events, and what requests go wrong with.
class LoadFolder : public MigratedFolder {
  public:
    explicit LoadFolder(std::size_t webhooks);

    [[nodiscard]] const std::string& app() const noexcept { return app_; }

    [[nodiscard]] const std::string& token() const noexcept { return token_; }

    [[nodiscard]] const std::string& token_id() const noexcept { return token_id_; }

    [[nodiscard]] std::vector<WebhookBook>& books() noexcept { return books_; }

    /// A webhook of another app; no request may change it.
    [[nodiscard]] const std::string& foreign_webhook() const noexcept { return foreign_webhook_; }

    [[nodiscard]] std::string events_path(const std::string& webhook_id) const;

    /// Holds a file against the books: it is whole, each webhook has exactly the acknowledged events in their
    /// order, and beyond them at most the unanswered one. Gives what is wrong, or nothing; what was found
    /// counts as acknowledged from then on.
    std::string compare(const std::filesystem::path& database_file);

    /// As compare() for the file that a daemon killed just now would find, which it still will: a copy is
    /// looked at.
    std::string compare_copy();

  private:
    std::string app_;
    std::string token_;
    std::string token_id_;
    std::string foreign_webhook_;
    std::vector<WebhookBook> books_;
};

/// Clients that call addWebhookEvent on webhooks of their own; among the requests are some that must be
/// refused. One whose key is good no longer ends, and complains of nothing.
class EventLoad : public Clients {
  public:
    /// Additions count as acknowledged.
    EventLoad(LoadFolder& folder, std::uint16_t port, std::size_t clients, std::uint64_t seed,
              Watch watch = {});
};

}  // namespace gateway::test
