// A running database with a sealing key, an app and a webhook: for what signs deliveries.
#pragma once

#include "server/delivery/signing_keys.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "server/log/log.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/sealing_key.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_database.hpp"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>

namespace gateway::test {

struct SigningFixture {
    inline static const std::string app = "54e9ujn";
    inline static const std::string webhook = "web_1";

    TestDatabase db;
    TemporaryFolder folder;
    std::filesystem::path key_file = folder.path() / "gateway.key";
    std::filesystem::path log_path = folder.path() / "log";
    storage::FileDescriptor log_file{::open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
    Log log{{.level = LogLevel::trace, .format = LogFormat::text}, db.clock, {.file = log_file.get()}};
    storage::Secrets secrets = prepared();
    IdSource ids{db.clock, system_random};
    RandomSource random = system_random;

    SigningFixture() {
        db.write([](storage::Transaction& transaction) { return insert_app(transaction, app, "Shop"); });
        db.write([](storage::Transaction& transaction) {
            storage::Webhook row;
            row.id = webhook;
            row.app_id = app;
            row.created_at = row.updated_at = transaction.now();
            storage::insert_webhook(transaction, row, {});
            return true;
        });
    }

    std::string ask(const std::string& sql) const { return db.ask(sql); }

    /// How many lines of the log hold this.
    int lines_with(const std::string& text) {
        log.drain();
        std::ifstream file(log_path);
        int count = 0;
        for (std::string line; std::getline(file, line);)
            count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }

    /// Puts what another sealing key has sealed into a column of all rows.
    void spoil(const std::string& table, const std::string& column) const {
        db.tamper("UPDATE " + table + " SET " + column + " = zeroblob(60)");
    }

  private:
    storage::Secrets prepared() {
        auto key = storage::Keyring::create(key_file, system_random).keys().front();
        db.write([id = key->id()](storage::Transaction& transaction) {
            storage::set_sealing_key(transaction, id);
            return true;
        });
        return storage::Secrets(key_file, system_random);
    }
};

}  // namespace gateway::test
