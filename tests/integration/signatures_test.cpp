// What deliveries are signed with, verified by programs and libraries that are not ours.

#include "server/api/signatures.hpp"

#include "server/delivery/signers.hpp"
#include "server/delivery/standard_webhooks.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/program.hpp"
#include "tests/support/signing_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace gateway::test {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// Where `scripts/setup test` puts the libraries.
fs::path verifiers() {
    if (const char* const folder = std::getenv("GATEWAY_VERIFIERS")) return folder;
    const char* const cache = std::getenv("XDG_CACHE_HOME");
    const char* const home = std::getenv("HOME");
    return (cache ? fs::path(cache) : fs::path(home ? home : "/root") / ".cache") /
           "session-gateway/verifiers";
}

Outcome run_verifier(const std::string& program, const std::string& script, const json::object& delivery) {
    return run_program({.arguments = {(source_folder() / "tests/verifiers" / script).string()},
                        .folder = "/",
                        .environment = {{"NODE_PATH", (verifiers() / "node_modules").string()}},
                        .input = json::serialize(delivery),
                        .program = program});
}

struct Fixture : SigningFixture {
    delivery::SigningKeys keys{{.database = db.database(), .secrets = secrets, .ids = ids, .log = log}};
    delivery::SigningSecrets webhook_secrets{db.database(), {secrets, ids, random}, {}};
    delivery::Signers signers{1};
    const std::string body = R"({"app_id":"54e9ujn","events":[{"id":"evt_1","payload":{"name":"Zoë"}}]})";

    std::string current_secret() {
        return delivery::secret_text(db.run(webhook_secrets.secrets_of(webhook)).bytes.front());
    }

    void rotate_secret() {
        db.write([this](storage::Transaction& transaction) {
            return delivery::rotate_webhook_secret(transaction, webhook, std::chrono::hours(24),
                                                   {secrets, ids, random});
        });
    }

    /// A delivery that is signed now, as a receiver gets it, and what it verifies it with.
    json::object delivery(const std::string& secret) {
        const auto key = db.run(keys.key_of(app));
        const auto id = delivery::message_id(webhook, std::vector<std::string>{"evt_1"});
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const auto signing = db.run(webhook_secrets.secrets_of(webhook));
        const auto set = db.read([](storage::Snapshot& snapshot) {
            return api::write_response(api::key_set(snapshot, {app}).value());
        });
        json::object headers{
            {"X-Webhook-Signature", db.run(signers.sign(key, body, delivery::Urgency::at_once))},
            {"X-Webhook-Signature-Key-Id", key->id()},
            {"webhook-id", id},
            {"webhook-timestamp", std::to_string(now.time_since_epoch().count())},
            {"webhook-signature", delivery::standard_signature(signing, id, now, body)},
        };
        return {{"key_set", json::parse(set)},
                {"secret", secret},
                {"headers", std::move(headers)},
                {"body", body}};
    }

    static void check(const json::object& delivery, const bool good, const std::string& what) {
        const std::pair<std::string, std::string> all[] = {
            {(verifiers() / "venv/bin/python").string(), "verify.py"}, {"node", "verify.js"}};
        for (const auto& [program, script] : all) {
            const auto outcome = run_verifier(program, script, delivery);
            BOOST_TEST((outcome.status == 0) == good, script << ": " << what << "\n" << outcome.err);
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(signatures_test, Fixture)

BOOST_AUTO_TEST_CASE(strangers_verify_a_delivery_and_refuse_what_was_changed) {
    BOOST_TEST_REQUIRE(fs::exists(verifiers() / "installed"), "run scripts/setup test first");
    const auto secret = current_secret();
    const auto good = delivery(secret);
    check(good, true, "as it was sent");

    auto other_body = good;
    other_body["body"] = body + " ";
    check(other_body, false, "another body");
    for (const std::string header : {"X-Webhook-Signature", "webhook-signature", "webhook-id",
                                     "webhook-timestamp", "X-Webhook-Signature-Key-Id"}) {
        auto spoiled = good;
        auto& text = spoiled["headers"].as_object()[header].as_string();
        text[text.size() - 10] = text[text.size() - 10] == '1' ? '2' : '1';
        check(spoiled, false, header);
    }
}

BOOST_AUTO_TEST_CASE(strangers_verify_while_a_secret_and_a_key_are_replaced) {
    BOOST_TEST_REQUIRE(fs::exists(verifiers() / "installed"), "run scripts/setup test first");
    const auto first = current_secret();
    db.run(keys.key_of(app));
    rotate_secret();
    db.write([this](storage::Transaction& transaction) {
        delivery::add_signing_key(transaction, app, "sigkey_2", delivery::RsaKey::generate(),
                                  transaction.now() + std::chrono::hours(1), secrets);
        return true;
    });
    check(delivery(first), true, "the former secret");
    check(delivery(current_secret()), true, "the new secret");
    rotate_secret();
    check(delivery(first), false, "the one before");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
