// What the functions of transactions work with: a database with a sealing key and two apps, and no runtime.
#pragma once

#include "server/api/services.hpp"
#include "server/api/webhooks.hpp"
#include "storage/command_database.hpp"
#include "storage/prepared_database.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <utility>

namespace gateway::test {

/// Two apps in prod mode.
struct ServiceFixture {
    inline static const std::string app = "54e9ujn";
    inline static const std::string other_app = "other77";
    inline static const std::string url = "https://shop.example/hook";
    inline static const std::string http_url = "http://shop.example/hook";

    TestClock clock;
    TemporaryFolder folder;
    storage::CommandDatabase database = prepared();
    storage::Secrets secrets{key_file(), system_random};
    IdSource ids{clock, system_random};
    api::Services services{
        .secrets = secrets, .ids = ids, .webhooks = {}, .activation = {}, .random = system_random};

    template <class Function>
    auto write(Function job) {
        return database.write(std::move(job));
    }

    template <class Function>
    auto read(Function job) {
        return database.read(std::move(job));
    }

    ServiceFixture() {
        for (const auto& id : {app, other_app})
            write([&](storage::Transaction& transaction) { return insert_app(transaction, id, "Shop"); });
    }

    /// Runs SQL that the rules of the tables do not hold back.
    void tamper(const std::string& sql) const {
        SQLite::Database file((folder.path() / "gateway.db").string(), SQLite::OPEN_READWRITE);
        file.exec("PRAGMA ignore_check_constraints = ON; " + sql);
    }

    void set_mode(const storage::Mode mode) {
        write([&](storage::Transaction& transaction) { return set_app_mode(transaction, app, mode); });
    }

    Result<api::WebhookResponse> create(const std::string& webhook_url = url,
                                        const std::string& of_app = app) {
        EventSet events;
        events.add(EventType::user_created);
        const api::CreateWebhookRequest request{of_app, {webhook_url}, {"token"}, events};
        return write([&](auto& transaction) { return create_webhook(transaction, request, services); });
    }

    /// The id of a new one.
    std::string created(const std::string& webhook_url = url) {
        return create(webhook_url).value().webhook.id;
    }

    /// The id of a new one that was activated.
    std::string activated(const std::string& webhook_url = url) {
        auto id = created(webhook_url);
        write([&](storage::Transaction& transaction) {
            auto webhook = storage::find_webhook(transaction, id).value();
            webhook.active = true;
            storage::update_webhook(transaction, webhook);
            return true;
        });
        return id;
    }

    std::optional<storage::Webhook> find(const std::string& id) {
        return read([&](storage::Snapshot& snapshot) { return storage::find_webhook(snapshot, id); });
    }

    std::string token_of(const std::string& id) {
        return read([&](storage::Snapshot& snapshot) {
            return secrets.open(snapshot, storage::sealed_token(snapshot, id), id).value();
        });
    }

  private:
    [[nodiscard]] std::filesystem::path key_file() const { return folder.path() / "gateway.key"; }

    storage::CommandDatabase prepared() {
        const auto file = folder.path() / "gateway.db";
        { const storage::PreparedDatabase daemon(file, key_file(), system_random, clock); }
        return storage::CommandDatabase(file, clock);
    }
};

}  // namespace gateway::test
