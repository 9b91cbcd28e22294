// The disk is full while outcomes of deliveries wait to be written.

#include "server/delivery/deliveries.hpp"
#include "server/outgoing/tls_context.hpp"
#include "storage/tables/sealing_key.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/faulty_machine.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <ctime>

namespace gateway::test {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::size_t events = 10;

/// A webhook with events that are due, one in each request.
struct DiskFixture {
    FaultyMachine machine;
    TemporaryFolder folder;
    std::filesystem::path key_file = folder.path() / "gateway.key";
    Clock clock = machine.clock;
    RandomSource random = system_random;
    storage::FileDescriptor log_file{::open((folder.path() / "log").c_str(), O_CREAT | O_WRONLY, 0600)};
    Log log{{.level = LogLevel::trace, .format = LogFormat::text}, clock, {.file = log_file.get()}};
    IdSource ids{clock, random};
    DeliverySettings settings;
    outgoing::EgressPolicy policy{{"127.0.0.0/8"}};
    TableResolver resolver;
    outgoing::TlsContext tls{""};
    delivery::Feed feed;
    metrics::Metrics metrics{{}};
    std::string key_id = storage::Keyring::create(key_file, system_random).keys().front()->id();
    storage::Secrets secrets{key_file, random};

    explicit DiskFixture(const std::string& url) {
        settings.batch_events = 1;
        settings.signers = 1;
        machine.seed();
        SQLite::Database(machine.path().string(), SQLite::OPEN_READWRITE, 0, "unix")
            .exec("UPDATE webhooks SET active = 1, url = '" + url +
                  "' WHERE number = 1; INSERT INTO audiences VALUES (1, '" + std::string(faulty_app) +
                  "', 'user.created', '[1]'); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
                  "n LIMIT " +
                  std::to_string(events) +
                  ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at) SELECT i,"
                  " 'evt_' || i, '" +
                  std::string(faulty_app) +
                  "', 'user.created', 1, '{}', '2025-03-15T12:00:00.000Z' FROM n;"
                  "INSERT INTO deliveries (event, webhook) SELECT number, 1 FROM events");
        machine.open();
        const auto set_key = [id = key_id](storage::Transaction& transaction) {
            storage::set_sealing_key(transaction, id);
            return true;
        };
        machine.start(set_key).get();
    }

    [[nodiscard]] delivery::Deliveries::Parts parts(delivery::SigningKeys& keys,
                                                    delivery::SigningSecrets& signing) {
        return {.http_client = {policy, resolver, tls},
                .user_agent = "session-gateway/test",
                .database = machine.database(),
                .keys = keys,
                .secrets = signing,
                .feed = feed,
                .ids = ids,
                .settings = settings,
                .clock = clock,
                .random = random,
                .metrics = metrics,
                .log = log};
    }

    bool all_are_delivered() {
        const auto count = [](storage::Snapshot& snapshot) {
            auto row = snapshot.query("SELECT count(*) FROM deliveries WHERE state = 'delivered'");
            row.step();
            return row.integer(0);
        };
        return std::cmp_equal(machine.start_read(count).get(), events);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_disk_test)

BOOST_AUTO_TEST_CASE(an_outcome_waits_for_room_on_the_disk_and_nothing_spins_or_is_lost) {
    Gate gate;
    const Receiver receiver([&](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    });
    DiskFixture fixture(receiver.url());
    delivery::SigningKeys keys({.database = fixture.machine.database(),
                                .secrets = fixture.secrets,
                                .ids = fixture.ids,
                                .log = fixture.log});
    delivery::SigningSecrets signing(
        fixture.machine.database(),
        {.secrets = fixture.secrets, .ids = fixture.ids, .random = fixture.random});
    delivery::Deliveries deliveries(fixture.parts(keys, signing));
    wait_until([&] { return receiver.requests().size() == 1; }, "the first request");

    fixture.machine.disk().inject({.call = DiskCall::write, .code = SQLITE_FULL, .lasting = true});
    gate.open();
    wait_until([&] { return fixture.machine.disk().has_struck(); }, "a full disk");
    const auto begin = steady_clock::now();
    const auto used = std::clock();
    wait_until([&] { return steady_clock::now() - begin > seconds(2); }, "two seconds");
    BOOST_TEST(std::clock() - used < CLOCKS_PER_SEC / 2);
    BOOST_TEST(receiver.requests().size() == 1U);

    fixture.machine.disk().clear();
    wait_until([&] { return fixture.all_are_delivered(); }, "all deliveries");
    BOOST_TEST(receiver.requests().size() == events);
}

BOOST_AUTO_TEST_CASE(stopped_meanwhile_it_delivers_again_what_it_could_not_note) {
    Gate gate;
    const Receiver receiver([&](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    });
    DiskFixture fixture(receiver.url());
    delivery::SigningKeys keys({.database = fixture.machine.database(),
                                .secrets = fixture.secrets,
                                .ids = fixture.ids,
                                .log = fixture.log});
    delivery::SigningSecrets signing(
        fixture.machine.database(),
        {.secrets = fixture.secrets, .ids = fixture.ids, .random = fixture.random});
    {
        delivery::Deliveries deliveries(fixture.parts(keys, signing));
        wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
        fixture.machine.disk().inject({.call = DiskCall::write, .code = SQLITE_FULL, .lasting = true});
        gate.open();
        wait_until([&] { return fixture.machine.disk().has_struck(); }, "a full disk");
    }
    fixture.machine.disk().clear();
    const delivery::Deliveries again(fixture.parts(keys, signing));
    wait_until([&] { return fixture.all_are_delivered(); }, "all deliveries");
    BOOST_TEST(receiver.requests().size() == events + 1);
    BOOST_TEST(receiver.requests()[0].body == receiver.requests()[1].body);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
