// The secrets of a database: under which key they are, and what becomes of those that do not open.

#include "storage/secrets/secrets.hpp"

#include "server/api/activation.hpp"
#include "server/delivery/signing_key.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "storage/key_rotation.hpp"
#include "storage/tables/sealing_key.hpp"
#include "tests/unit/service_fixture.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

struct Fixture : test::ServiceFixture {
    fs::path database_file = folder.path() / "gateway.db";
    fs::path key_file = folder.path() / "gateway.key";

    std::string ask(const std::string& sql) const {
        SQLite::Database shell(database_file.string(), SQLite::OPEN_READWRITE);
        SQLite::Statement statement(shell, sql);
        std::string rows;
        while (statement.executeStep())
            rows += statement.getColumn(0).getString() + ' ';
        return rows;
    }

    [[nodiscard]] std::string shut_webhooks() const { return ask("SELECT row_id FROM shut_secrets"); }

    /// As a daemon begins; gives how many secrets do not open.
    [[nodiscard]] std::int64_t start() const {
        return PreparedDatabase(database_file, key_file, system_random, clock).shut_secrets();
    }

    /// Leaves a webhook with what another key has sealed.
    void spoil(const std::string& id) {
        const auto sealed = SealingKey::generate(system_random).seal("token", id, system_random);
        write([&](Transaction& transaction) {
            set_sealed_token(transaction, id, sealed);
            return true;
        });
    }

    /// A webhook with a verification token and a secret, and a signing key; gives the webhook's id.
    std::string add_one_of_each() {
        auto id = created();
        const RandomSource random = system_random;
        write([&](Transaction& transaction) {
            delivery::webhook_secret(transaction, id, {secrets, ids, random});
            return delivery::add_first_signing_key(transaction, app, "sigkey_1", delivery::RsaKey::generate(),
                                                   secrets);
        });
        return id;
    }

    Result<api::WebhookResponse> set_token(const std::string& id) {
        const api::UpdateWebhookRequest request{app, id, {}, api::VerificationToken{"token"}, {}};
        return write([&](auto& transaction) { return update_webhook(transaction, request, services); });
    }

    Result<api::Activation> activate(const std::string& id) {
        return write([&](auto& transaction) {
            return api::begin_activation(transaction, {app, id}, services);
        });
    }
};

template <class Function>
std::string refusal_of(Function function) {
    try {
        function();
    } catch (const KeyFileError& error) {
        return error.what();
    }
    return "none";
}

bool holds(const std::string& text, const std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secrets_test, Fixture)

BOOST_AUTO_TEST_CASE(the_list_of_sealed_columns_is_that_of_the_schema) {
    std::string list;
    for (const auto& column : sealed_columns())
        list += std::string(column.table) + '.' + std::string(column.name) + ' ';
    BOOST_TEST(ask("SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables,"
                   " pragma_table_info(tables.name) AS columns"
                   " WHERE tables.type = 'table' AND columns.name GLOB '*_sealed' ORDER BY 1") == list);
}

BOOST_AUTO_TEST_CASE(each_column_of_the_list_is_read_and_written) {
    add_one_of_each();
    for (const auto& column : sealed_columns()) {
        write([&](Transaction& transaction) {
            auto values = sealed_values(transaction, column, 0);
            BOOST_TEST_REQUIRE(values.size() == 1U);
            BOOST_TEST(secrets.open(transaction, values[0].bytes, values[0].row_id).has_value());
            values[0].bytes = {1, 2, 3};
            replace_sealed_value(transaction, column, values[0]);
            BOOST_TEST((sealed_values(transaction, column, 0)[0].bytes == values[0].bytes));
            return true;
        });
    }
}

BOOST_AUTO_TEST_CASE(a_secret_of_each_kind_is_sealed_anew_by_a_rotation_and_told_when_it_is_shut) {
    const auto id = add_one_of_each();
    BOOST_TEST(rotate_sealing_key(database, key_file, system_random).resealed == 3);
    BOOST_TEST(start() == 0);
    BOOST_TEST(token_of(id) == "token");

    fs::remove(key_file);
    BOOST_TEST(reset_sealing_key(database, key_file, system_random).shut == 3);
    BOOST_TEST(ask("SELECT secret || ' of ' || app_id || ':' FROM shut_secrets") ==
               "verification token of 54e9ujn: signing key of 54e9ujn: webhook secret of 54e9ujn: ");
    ask("UPDATE signing_keys SET retired_at = created_at, private_key_sealed = NULL");
    BOOST_TEST(start() == 2);
}

BOOST_AUTO_TEST_CASE(a_secret_that_does_not_open_is_the_state_of_one_webhook) {
    const auto broken = created();
    const auto sound = created();
    spoil(broken);
    const auto refused = activate(broken);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error().code == ErrorCode::webhook_activation_failed));
    BOOST_TEST(holds(refused.error().message, "set the verification token again"));
    BOOST_TEST(activate(sound).has_value());
    BOOST_TEST(ask("SELECT webhook_id FROM webhook_activations") == sound + ' ');

    BOOST_TEST(set_token(broken).has_value());
    BOOST_TEST(token_of(broken) == "token");
    BOOST_TEST(activate(broken).has_value());
}

BOOST_AUTO_TEST_CASE(a_token_that_stops_to_open_during_its_challenge_was_not_proved) {
    const auto id = created();
    const auto begun = activate(id).value();
    spoil(id);
    const auto ended = write([&](auto& transaction) {
        return api::end_activation(transaction, begun, outgoing::OutgoingResult<void>{}, services);
    });
    BOOST_TEST(!ended.webhook.has_value());
    BOOST_TEST(ask("SELECT outcome FROM webhook_activations") == "challenge_mismatch ");
}

BOOST_AUTO_TEST_CASE(a_start_counts_the_secrets_that_do_not_open_and_notes_which) {
    const auto broken = created();
    created();
    BOOST_TEST(start() == 0);
    BOOST_TEST(shut_webhooks() == "");
    spoil(broken);
    BOOST_TEST(start() == 1);
    BOOST_TEST(shut_webhooks() == broken + ' ');
    BOOST_TEST(set_token(broken).has_value());
    BOOST_TEST(shut_webhooks() == "");
    BOOST_TEST(start() == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_names_any_more_is_named_again) {
    const auto id = created();
    ask("DELETE FROM sealing_key");
    BOOST_CHECK_THROW(token_of(id), std::runtime_error);
    BOOST_TEST(start() == 0);
    BOOST_TEST(token_of(id) == "token");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_lost_and_comes_back_opens_what_it_sealed) {
    const auto id = created();
    fs::rename(key_file, folder.path() / "elsewhere");
    const auto key_id = ask("SELECT key_id FROM sealing_key");
    ask("DELETE FROM sealing_key");
    BOOST_TEST(start() == 1);
    BOOST_TEST(shut_webhooks() == id + ' ');

    fs::rename(folder.path() / "elsewhere", key_file);
    ask("UPDATE sealing_key SET key_id = '" + key_id.substr(0, key_id.size() - 1) + "'");
    BOOST_TEST(start() == 0);
    BOOST_TEST(shut_webhooks() == "");
    BOOST_TEST(token_of(id) == "token");
}

BOOST_AUTO_TEST_CASE(a_start_without_its_key_file_says_what_to_do) {
    const auto says_what_to_do = [this] {
        const auto message = refusal_of([this] { return start(); });
        BOOST_TEST_INFO_SCOPE(message);
        BOOST_TEST(holds(message, key_file.string()));
        BOOST_TEST(holds(message, "put back the one that belongs to this database"));
        BOOST_TEST(holds(message, "`session-gateway secrets reset`"));
    };
    fs::remove(key_file);
    says_what_to_do();
    BOOST_TEST(!fs::exists(key_file));
    Keyring::create(key_file, system_random);  // of another database
    says_what_to_do();
    std::ofstream(key_file) << "";
    says_what_to_do();
    std::ofstream(key_file) << "nonsense";
    says_what_to_do();
}

BOOST_AUTO_TEST_CASE(a_rotation_goes_on_past_what_does_not_open) {
    const auto first = created();
    const auto broken = created();
    const auto last = created();
    spoil(broken);
    const auto rotation = rotate_sealing_key(database, key_file, system_random);
    BOOST_TEST(rotation.resealed == 2);
    BOOST_TEST((rotation.shut == std::vector{broken}));
    BOOST_TEST(shut_webhooks() == broken + ' ');
    for (const auto& id : {first, last})
        BOOST_TEST(token_of(id) == "token");
    BOOST_TEST(ask("SELECT key_id FROM sealing_key") == rotation.key_id + ' ');
}

BOOST_AUTO_TEST_CASE(a_reset_makes_a_key_and_marks_what_does_not_open) {
    const auto id = created();
    BOOST_TEST(
        holds(refusal_of([this] { reset_sealing_key(database, key_file, system_random); }), "File exists"));
    BOOST_TEST(token_of(id) == "token");

    fs::remove(key_file);
    const auto reset = reset_sealing_key(database, key_file, system_random);
    BOOST_TEST(reset.shut == 1);
    BOOST_TEST(ask("SELECT key_id FROM sealing_key") == reset.key_id + ' ');
    BOOST_TEST(shut_webhooks() == id + ' ');
    BOOST_TEST(start() == 1);
    Secrets renewed(key_file, system_random);
    const api::Services now{renewed, ids, {}, {}, system_random};
    const api::UpdateWebhookRequest request{app, id, {}, api::VerificationToken{"new"}, {}};
    BOOST_TEST(
        write([&](auto& transaction) { return update_webhook(transaction, request, now); }).has_value());
    BOOST_TEST(start() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
