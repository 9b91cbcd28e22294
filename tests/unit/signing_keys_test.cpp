// The keys that deliveries are signed with: their table, and who makes, finds and remembers them.

#include "server/delivery/signing_keys.hpp"

#include "server/delivery/cannot_sign.hpp"
#include "server/delivery/signers.hpp"
#include "tests/support/signing_fixture.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <thread>

namespace gateway::delivery {

namespace {

using namespace std::chrono_literals;
using storage::Snapshot;
using storage::Transaction;

constexpr std::chrono::milliseconds for_ever = 1h;

/// Keys are dear, and most tests do not mind which they get.
RsaKey any_key(const std::stop_token& = {}) {
    static const RsaKey key = RsaKey::generate();
    return key;
}

struct Fixture : test::SigningFixture {
    /// Made where a test begins with one; it goes before the database.
    std::optional<SigningKeys> keys;
    std::function<RsaKey(const std::stop_token&)> generate = any_key;  ///< for start()

    /// They remember nothing, and look for apps at their making only, unless told otherwise.
    SigningKeys& start(const std::chrono::milliseconds kept_for = 0ms,
                       const std::chrono::milliseconds pause = for_ever) {
        keys.reset();
        return keys.emplace(SigningKeys::Parts{.database = db.database(),
                                               .secrets = secrets,
                                               .ids = ids,
                                               .log = log,
                                               .kept_for = kept_for,
                                               .pause = pause,
                                               .generate = generate});
    }

    std::string key_id(const std::string& app_id = app) { return db.run(keys->key_of(app_id))->id(); }

    /// What key_of() refuses with.
    std::string refusal(const std::string& app_id = app) {
        try {
            db.run(keys->key_of(app_id));
        } catch (const CannotSign& error) {
            return error.what();
        }
        return "none";
    }

    /// A rotation, as another process makes it.
    std::string rotate(const std::chrono::milliseconds after) {
        const auto id = ids.next("sigkey");
        db.write([&, key = any_key()](Transaction& transaction) {
            add_signing_key(transaction, app, id, key, transaction.now() + after, secrets);
            return true;
        });
        return id;
    }

    void add_app(const std::string& id) {
        db.write([id](Transaction& transaction) { return insert_app(transaction, id, ""); });
    }

    std::vector<std::string> apps_without_key() {
        return db.read([](Snapshot& snapshot) { return apps_without_signing_key(snapshot); });
    }

    /// Reads until each app has a key.
    void wait_for_keys() {
        const auto end = std::chrono::steady_clock::now() + 60s;
        while (!apps_without_key().empty()) {
            BOOST_REQUIRE(std::chrono::steady_clock::now() < end);
            std::this_thread::yield();
        }
    }

    [[nodiscard]] std::string count_keys() const { return ask("SELECT count(*) FROM signing_keys"); }
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(signing_keys_test, Fixture)

// The table

BOOST_AUTO_TEST_CASE(the_last_key_whose_time_has_come_signs) {
    const auto noon = db.clock.now();
    const auto key = [&](const std::string& id, const std::chrono::hours from) {
        return storage::SigningKey{
            .id = id, .app_id = app, .modulus = {}, .created_at = noon, .signs_from = noon + from};
    };
    std::vector keys{key("a", 0h), key("b", 2h), key("c", 1h)};
    const auto signing = [&](const std::chrono::hours hour) {
        const auto* const found = storage::signing_key_at(keys, noon + hour);
        return found == nullptr ? std::string("none") : found->id;
    };
    BOOST_TEST(signing(0h) == "a");
    BOOST_TEST(signing(1h) == "c");
    BOOST_TEST(signing(2h) == "c");  // a rotation that was overtaken
    BOOST_TEST(signing(-1h) == "a");
    keys[2].retired_at = noon;
    BOOST_TEST(signing(1h) == "a");
    BOOST_TEST(signing(2h) == "b");
    keys[0].retired_at = noon;
    BOOST_TEST(signing(1h) == "b");
    keys[1].retired_at = noon;
    BOOST_TEST(signing(1h) == "none");
}

BOOST_AUTO_TEST_CASE(a_row_that_the_program_cannot_use_is_refused_where_it_is_written) {
    start();
    key_id();
    for (const std::string column :
         {"modulus = 'x'", "modulus = substr(modulus, 1, 341) || '+'", "modulus = 'A' || substr(modulus, 2)",
          "signs_from = 'now'", "created_at = '2025'", "retired_at = '2025-03-15T12:00:00.000Z'",
          "private_key_sealed = NULL", "id = ''", "id = 'a b'"})
        BOOST_CHECK_THROW(ask("UPDATE signing_keys SET " + column), SQLite::Exception);
}

BOOST_AUTO_TEST_CASE(a_key_goes_with_its_app_and_its_private_part_when_it_is_retired) {
    start();
    const auto id = key_id();
    BOOST_TEST(db.write([id](Transaction& transaction) { return retire_signing_key(transaction, id); }));
    BOOST_TEST(!db.write([id](Transaction& transaction) { return retire_signing_key(transaction, id); }));
    BOOST_TEST(ask("SELECT retired_at, private_key_sealed IS NULL FROM signing_keys") ==
               "2025-03-15T12:00:00.000Z|1");
    db.write([](Transaction& transaction) { return delete_app(transaction, app); });
    BOOST_TEST(count_keys() == "0");
}

BOOST_AUTO_TEST_CASE(no_second_first_key_is_written_and_none_for_an_app_that_is_gone) {
    const auto add = [this](const std::string& app_id, const std::string& id) {
        return db.write([&, key = any_key()](Transaction& transaction) {
            return add_first_signing_key(transaction, app_id, id, key, secrets);
        });
    };
    BOOST_TEST(add(app, "one"));
    BOOST_TEST(!add(app, "two"));
    BOOST_TEST(!add("gone777", "three"));
    BOOST_TEST(ask("SELECT id FROM signing_keys") == "one");
}

// Making them

BOOST_AUTO_TEST_CASE(an_app_without_a_key_gets_one_when_it_is_asked_for) {
    start();
    const auto id = key_id();
    BOOST_TEST(id.starts_with("sigkey_"));
    BOOST_TEST(ask("SELECT id, app_id, created_at, signs_from FROM signing_keys") ==
               id + "|54e9ujn|2025-03-15T12:00:00.000Z|2025-03-15T12:00:00.000Z");
    BOOST_TEST(key_id() == id);
}

BOOST_AUTO_TEST_CASE(callers_that_ask_at_once_and_the_look_for_apps_make_one_key) {
    start(0ms, 1ms);
    std::vector<std::future<SigningKeyPtr>> asked;
    for (int i = 0; i < 20; ++i)
        asked.push_back(db.start(keys->key_of(app)));
    const auto id = key_id();
    for (auto& key : asked)
        BOOST_TEST(key.get()->id() == id);
    BOOST_TEST(count_keys() == "1");
}

BOOST_AUTO_TEST_CASE(two_makers_make_one_key) {
    start();
    SigningKeys other(
        {.database = db.database(), .secrets = secrets, .ids = ids, .log = log, .generate = generate});
    auto asked = db.start(other.key_of(app));
    BOOST_TEST(key_id() == asked.get()->id());
    BOOST_TEST(count_keys() == "1");
}

BOOST_AUTO_TEST_CASE(apps_that_are_there_and_apps_that_come_get_keys_in_the_background) {
    for (const std::string id : {"aaaaaaa", "bbbbbbb"})
        add_app(id);
    start(0ms, 1ms);
    wait_for_keys();
    BOOST_TEST(count_keys() == "3");
    ask("INSERT INTO apps (id, name, created_at, updated_at)"
        " SELECT 'byhand7', name, created_at, updated_at FROM apps WHERE id = '54e9ujn'");
    wait_for_keys();
    BOOST_TEST(count_keys() == "4");
    keys.reset();
    BOOST_TEST(lines_with("signing key made") == 4);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_wanted_is_made_while_nobody_waits) {
    start();
    wait_for_keys();
    add_app("aaaaaaa");
    for (int i = 0; i < 10; ++i)
        keys->want("aaaaaaa");
    wait_for_keys();
    keys.reset();
    BOOST_TEST(ask("SELECT count(*) FROM signing_keys WHERE app_id = 'aaaaaaa'") == "1");
}

BOOST_AUTO_TEST_CASE(an_app_that_is_deleted_while_its_key_is_made_gets_none) {
    std::latch begun(1);
    std::latch deleted(1);
    generate = [&](const std::stop_token&) {
        if (!begun.try_wait()) begun.count_down();
        deleted.wait();
        return any_key();
    };
    start();
    auto asked = db.start(keys->key_of(app));
    begun.wait();
    db.write([](Transaction& transaction) { return delete_app(transaction, app); });
    deleted.count_down();
    BOOST_CHECK_EXCEPTION(asked.get(), CannotSign, [](const CannotSign& error) {
        return holds(error.what(), "there is no app 54e9ujn");
    });
    BOOST_TEST(count_keys() == "0");
}

BOOST_AUTO_TEST_CASE(an_end_comes_while_keys_are_missing) {
    for (int i = 0; i < 200; ++i)
        add_app("app" + std::to_string(1000 + i));
    generate = RsaKey::generate;
    start(0ms, 1ms);
    key_id();
    keys.reset();
    BOOST_TEST(apps_without_key().size() > 0U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_once_until_a_key_is_made) {
    std::filesystem::rename(key_file, folder.path() / "elsewhere");
    ask("UPDATE sealing_key SET key_id = 'key_of_nobody'");
    start(0ms, 1ms);
    const auto end = std::chrono::steady_clock::now() + 60s;
    do
        BOOST_CHECK_THROW(key_id(), storage::KeyFileError);
    while (lines_with("a signing key cannot be made") == 0 && std::chrono::steady_clock::now() < end);
    BOOST_CHECK_THROW(key_id(), storage::KeyFileError);
    BOOST_CHECK_THROW(key_id(), storage::KeyFileError);
    BOOST_TEST(lines_with("a signing key cannot be made; trying again") == 1);
    std::filesystem::rename(folder.path() / "elsewhere", key_file);
    const auto sealing = storage::Keyring(key_file).keys().front()->id();
    ask("UPDATE sealing_key SET key_id = '" + sealing + "'");
    wait_for_keys();
    BOOST_TEST(count_keys() == "1");
}

// Remembering them

BOOST_AUTO_TEST_CASE(a_key_that_another_process_adds_signs_from_its_time_on) {
    start();
    const auto first = key_id();
    const auto second = rotate(1h);
    BOOST_TEST(key_id() == first);
    db.clock.advance(1h);
    BOOST_TEST(key_id() == second);
    const auto third = rotate(0ms);
    BOOST_TEST(key_id() == third);
}

BOOST_AUTO_TEST_CASE(a_key_is_remembered_for_a_while) {
    start(for_ever);
    const auto key = db.run(keys->key_of(app));
    rotate(0ms);
    BOOST_TEST(db.run(keys->key_of(app)) == key);
}

BOOST_AUTO_TEST_CASE(a_key_that_still_signs_is_not_opened_again) {
    start();
    const auto key = db.run(keys->key_of(app));
    BOOST_TEST(db.run(keys->key_of(app)) == key);
}

BOOST_AUTO_TEST_CASE(an_app_that_is_not_there_is_told) {
    start();
    BOOST_TEST(refusal("nothere") == "there is no app nothere");
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_open_is_told_once_and_no_other_made_over_it) {
    start();
    const auto id = key_id();
    spoil("signing_keys", "private_key_sealed");
    start();
    BOOST_TEST(holds(refusal(), "the signing key " + id + " of app 54e9ujn does not open"));
    BOOST_TEST(holds(refusal(), "`session-gateway key rotate --now --app 54e9ujn` makes a new one"));
    BOOST_TEST(count_keys() == "1");
    BOOST_TEST(lines_with("nothing can be signed for an app") == 1);
    add_app("aaaaaaa");
    BOOST_TEST(key_id("aaaaaaa") != id);

    const auto next = rotate(0ms);
    BOOST_TEST(key_id() == next);
}

BOOST_AUTO_TEST_CASE(a_private_part_of_another_key_signs_nothing) {
    start();
    const auto id = key_id();
    const auto sealed = db.read(
        [&](Snapshot& snapshot) { return secrets.seal(snapshot, RsaKey::generate().private_key(), id); });
    db.write([&](Transaction& transaction) {
        return transaction.execute("UPDATE signing_keys SET private_key_sealed = ?", storage::Blob(sealed));
    });
    start();
    BOOST_TEST(holds(refusal(), "does not belong to its modulus"));
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_told) {
    start();
    key_id();
    db.tamper("UPDATE signing_keys SET signs_from = 'soon'");
    start();
    BOOST_TEST(holds(refusal(), R"(signs_from holds "soon" where)"));
}

// Signing with them

BOOST_AUTO_TEST_CASE(signers_give_the_value_of_the_header_and_end_when_all_is_signed) {
    start();
    const auto key = db.run(keys->key_of(app));
    std::optional<Signers> signers(2);
    BOOST_TEST(signers->count() == 2U);
    BOOST_TEST(Signers(0).count() >= 1U);
    const std::string body = R"({"app_id":"54e9ujn"})";
    std::vector<std::future<std::string>> values;
    for (int i = 0; i < 20; ++i)
        values.push_back(db.start(signers->sign(key, body, Urgency::patient)));
    db.run(keys->key_of(app));  // behind those: all of them are in the line now
    signers.reset();
    const std::string scheme = "rsassa-pss-sha256=";
    for (auto& value : values) {
        const auto text = value.get();
        BOOST_TEST(text.starts_with(scheme));
        BOOST_TEST(text.size() == scheme.size() + 342);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
