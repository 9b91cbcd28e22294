#include "tests/support/event_load.hpp"

#include "storage/command_database.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"
#include "storage/values/type_id.hpp"
#include "tests/support/http_client.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gateway::test {

namespace fs = std::filesystem;

std::uint64_t number_from_environment(const char* const name, const std::uint64_t otherwise) {
    const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (text == nullptr) return otherwise;
    const std::string_view digits(text);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error != std::errc() || end != digits.end())
        throw std::runtime_error(std::string(name) + " is no number: " + text);
    return number;
}

std::uint64_t seed_from_environment() {
    std::random_device machine;
    return number_from_environment("GATEWAY_FAULT_SEED", machine());
}

std::uint64_t pick(std::mt19937_64& random, const std::uint64_t least, const std::uint64_t most) {
    return least + random() % (most - least + 1);
}

namespace {

std::string insert_webhook_into(storage::Transaction& transaction, IdSource& ids, const std::string& app) {
    // No test of the load opens it.
    static constexpr std::array<std::uint8_t, 1> sealed_token{0};
    storage::Webhook webhook;
    webhook.id = ids.next("web");
    webhook.app_id = app;
    webhook.url = "https://shop.example/hook";
    webhook.created_at = webhook.updated_at = transaction.now();
    insert_webhook(transaction, webhook, sealed_token);
    return webhook.id;
}

storage::ApiToken token_for(const std::string& app, IdSource& ids) {
    storage::ApiToken token;
    token.id = ids.next("tok");
    token.app_id = app;
    return token;
}

std::string names_of(const std::vector<EventType>& events) {
    std::string names;
    for (const auto event : events)
        names.append(to_string(event)).append(" ");
    return names;
}

/// What is wrong with the rows of one webhook, or nothing. They become what its book holds.
std::string compare_events(WebhookBook& book, const std::string& events_column) {
    const auto set = parse_event_set(events_column);
    std::vector<EventType> found(set.in_order().begin(), set.in_order().end());
    auto with_unanswered = book.acknowledged;
    if (book.unanswered) with_unanswered.push_back(*book.unanswered);
    const bool good = found == book.acknowledged || found == with_unanswered;
    std::string fault = good ? ""
                             : book.id + " was acknowledged " + names_of(book.acknowledged) + "and perhaps " +
                                   (book.unanswered ? std::string(to_string(*book.unanswered)) : "nothing") +
                                   "; found " + names_of(found);
    book.acknowledged = std::move(found);
    book.unanswered.reset();
    return fault;
}

void copy_if_there(const fs::path& from, const fs::path& to) {
    if (fs::exists(from)) fs::copy_file(from, to);
}

}  // namespace

LoadFolder::LoadFolder(const std::size_t webhooks) {
    IdSource ids(system_now, system_random);
    app_ = ids.next_app_id();
    const auto other_app = ids.next_app_id();
    std::array<std::uint8_t, 32> secret{};
    system_random(secret);
    token_ = "sgw_" + base64url_encode(secret);
    const auto token = token_for(app_, ids);
    token_id_ = token.id;

    storage::CommandDatabase file(database(), system_now);
    file.write([&](storage::Transaction& transaction) {
        insert_app(transaction, app_, "Shop");
        insert_app(transaction, other_app, "Another shop");
        insert_token(transaction, token, sha256_hex(token_));
        foreign_webhook_ = insert_webhook_into(transaction, ids, other_app);
        for (std::size_t i = 0; i < webhooks; ++i)
            books_.push_back({.id = insert_webhook_into(transaction, ids, app_)});
        return true;
    });
}

std::string LoadFolder::events_path(const std::string& webhook_id) const {
    return "/v2/session/apps/" + app_ + "/webhooks/" + webhook_id + "/events";
}

std::string LoadFolder::compare(const fs::path& database_file) {
    const SQLite::Database file(database_file.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement check(file, "PRAGMA integrity_check");
    check.executeStep();
    if (auto found = check.getColumn(0).getString(); found != "ok") return found;

    SQLite::Statement row(file, "SELECT id, events FROM webhooks ORDER BY number");
    row.executeStep();
    if (row.getColumn(1).getString() != "[]") return "the webhook of another app was changed";
    std::string fault;
    for (auto& book : books_) {
        if (!row.executeStep() || row.getColumn(0).getString() != book.id) return book.id + " is not there";
        const auto difference = compare_events(book, row.getColumn(1).getString());
        if (fault.empty()) fault = difference;
    }
    if (row.executeStep()) return "there are more webhooks than were made";
    return fault;
}

std::string LoadFolder::compare_copy() {
    const TemporaryFolder aside;
    const auto copy = aside.path() / "copy.db";
    copy_if_there(database(), copy);
    copy_if_there(database().string() + "-wal", copy.string() + "-wal");
    return compare(copy);
}

namespace {

/// One client, and what it adds to.
class Adder {
  public:
    using Outcome = Clients::Outcome;

    Adder(LoadFolder& folder, const std::uint64_t seed, std::vector<WebhookBook*> books)
        : folder_(folder), random_(seed), books_(std::move(books)) {}

    Outcome ask(HttpClient& connection) {
        constexpr std::uint64_t additions_per_refusal = 8;
        if (pick(random_, 0, additions_per_refusal) == 0) return ask_for_refusal(connection);
        return add_one(connection);
    }

  private:
    Outcome add_one(HttpClient& connection);
    Outcome ask_for_refusal(HttpClient& connection);

    LoadFolder& folder_;
    std::mt19937_64 random_;
    std::vector<WebhookBook*> books_;
};

std::vector<EventType> missing_in(const WebhookBook& book) {
    std::vector<EventType> missing;
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        const auto event = static_cast<EventType>(i);
        if (std::ranges::find(book.acknowledged, event) == book.acknowledged.end()) missing.push_back(event);
    }
    return missing;
}

Adder::Outcome Adder::add_one(HttpClient& connection) {
    while (!books_.empty()) {
        auto& book = *books_[pick(random_, 0, books_.size() - 1)];
        const auto missing = missing_in(book);
        if (missing.empty()) {
            std::erase(books_, &book);
            continue;
        }
        const auto event = missing[pick(random_, 0, missing.size() - 1)];
        const auto body = R"({"event":")" + std::string(to_string(event)) + R"("})";
        book.unanswered = event;
        const auto answer =
            connection.request("POST", folder_.events_path(book.id), {folder_.token(), body, {}});
        book.unanswered.reset();
        if (answer.status == 401) return Outcome::last;
        const auto outcome = outcome_of(answer, 201);
        if (outcome == Outcome::acknowledged) book.acknowledged.push_back(event);
        return outcome;
    }
    return Outcome::last;
}

Adder::Outcome Adder::ask_for_refusal(HttpClient& connection) {
    struct Wrong {
        std::string path;
        std::string token;
        std::string event;
        int status;
    };

    if (books_.empty()) return Outcome::last;
    const auto& own = books_.front()->id;
    const std::array wrongs{
        Wrong{folder_.events_path(own), folder_.token(), "user.exploded", 400},
        Wrong{folder_.events_path(own), "sgw_unknown", "user.created", 401},
        Wrong{folder_.events_path("web_00000000000000000000000000"), folder_.token(), "user.created", 404},
        Wrong{folder_.events_path(folder_.foreign_webhook()), folder_.token(), "user.created", 404},
    };
    const auto& wrong = wrongs[pick(random_, 0, wrongs.size() - 1)];
    const auto body = R"({"event":")" + wrong.event + R"("})";
    const auto answer = connection.request("POST", wrong.path, {wrong.token, body, {}});
    if (answer.status != 401) outcome_of(answer, wrong.status);
    return Outcome::refused;
}

Clients::Ask additions(LoadFolder& folder, const std::size_t clients, const std::uint64_t seed) {
    const auto adders = std::make_shared<std::vector<Adder>>();
    auto& books = folder.books();
    for (std::size_t i = 0; i < clients; ++i) {
        std::vector<WebhookBook*> own;
        for (std::size_t book = i; book < books.size(); book += clients)
            own.push_back(&books[book]);
        adders->emplace_back(folder, seed + i, std::move(own));
    }
    return [adders](HttpClient& connection, const std::size_t client) {
        return adders->at(client).ask(connection);
    };
}

}  // namespace

EventLoad::EventLoad(LoadFolder& folder, const std::uint16_t port, const std::size_t clients,
                     const std::uint64_t seed, Watch watch)
    : Clients(port, clients, additions(folder, clients, seed), std::move(watch)) {}

}  // namespace gateway::test
