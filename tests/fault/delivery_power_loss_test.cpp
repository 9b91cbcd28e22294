// Power fails while events are published and outcomes are written: what was acknowledged is there afterwards,
// each event with all its deliveries, and nothing else.
//
//     GATEWAY_FAULT_SEEDS=20000 fault_tests --run_test=delivery_power_loss_test     more seeds
//     GATEWAY_FAULT_SEED=… fault_tests --run_test=delivery_power_loss_test          one seed, the one that
//     failed

#include "server/delivery/outcome.hpp"
#include "storage/tables/events.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/faulty_machine.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t losses = slowness == 1 ? 1'000 : 100;
constexpr std::int64_t webhooks = 3;

/// By event and webhook.
struct State {
    struct Delivery {
        std::string state = "pending";
        int attempts = 0;

        bool operator==(const Delivery&) const = default;
    };

    std::map<std::pair<std::int64_t, std::int64_t>, Delivery> deliveries{};
    int attempts = 0;

    bool operator==(const State&) const = default;

    [[nodiscard]] std::string to_text() const {
        std::string text = std::to_string(attempts) + " attempts";
        for (const auto& [key, delivery] : deliveries) {
            text += "\n" + std::to_string(key.first) + " to " + std::to_string(key.second) + ": " +
                    delivery.state + " " + std::to_string(delivery.attempts);
        }
        return text;
    }
};

/// What the callers know of the file.
struct Book {
    State acknowledged{};
    /// What it is instead if a group took hold that failed.
    std::vector<State> doubtful{};

    [[nodiscard]] bool allows(const State& found) const {
        return found == acknowledged || std::ranges::find(doubtful, found) != doubtful.end();
    }

    void settle(State found) {
        acknowledged = std::move(found);
        doubtful.clear();
    }
};

auto publishing(const std::int64_t number) {
    return [number](storage::Transaction& transaction) {
        const auto audience =
            storage::current_audience(transaction, std::string(faulty_app), EventType::user_created);
        storage::Event event{.id = "evt_" + std::to_string(number),
                             .app_id = std::string(faulty_app),
                             .type = EventType::user_created,
                             .client_id = {},
                             .correlation_id = {},
                             .payload = "{}",
                             .created_at = transaction.now()};
        storage::insert_event(transaction, event, audience);
        BOOST_TEST(event.number == number);
        return true;
    };
}

auto noting(const std::int64_t webhook, std::vector<std::int64_t> events, const bool delivered) {
    delivery::Outcome outcome{.attempt = {.id = "att_1",
                                          .webhook = webhook,
                                          .started_at = TestClock().now(),
                                          .duration = {},
                                          .events = std::move(events),
                                          .http_code = delivered ? 200 : 500,
                                          .outcome = delivered ? "delivered" : "http_status",
                                          .response = {}},
                              .retry_after = {},
                              .detail = {}};
    return [outcome = std::move(outcome)](storage::Transaction& transaction) {
        write_outcome(transaction, outcome, DeliverySettings{});
        return true;
    };
}

bool is_acknowledged(std::future<bool>& future) {
    try {
        return future.get();
    } catch (const Unavailable&) {
        return false;
    }
}

/// Some that are pending for the webhook.
std::vector<std::int64_t> pick_events(const State& state, const std::int64_t webhook,
                                      std::mt19937_64& random) {
    constexpr std::size_t most = 4;
    std::vector<std::int64_t> events;
    for (const auto& [key, delivery] : state.deliveries) {
        const bool fits = key.second == webhook && delivery.state == "pending" && events.size() < most;
        if (fits && pick(random, 0, 1) == 0) events.push_back(key.first);
    }
    return events;
}

/// Starts one write and does the same to the state.
std::future<bool> start_one(FaultyMachine& machine, State& state, std::mt19937_64& random) {
    const auto webhook = static_cast<std::int64_t>(pick(random, 1, webhooks));
    auto events = pick_events(state, webhook, random);
    if (events.empty() || pick(random, 0, 2) == 0) {
        const auto number = state.deliveries.empty() ? 1 : state.deliveries.rbegin()->first.first + 1;
        for (std::int64_t to = 1; to <= webhooks; ++to)
            state.deliveries[{number, to}] = {};
        return machine.start(publishing(number));
    }
    const bool delivered = pick(random, 0, 2) > 0;
    ++state.attempts;
    for (const auto event : events) {
        auto& delivery = state.deliveries[{event, webhook}];
        ++delivery.attempts;
        if (delivered) delivery.state = "delivered";
    }
    return machine.start(noting(webhook, std::move(events), delivered));
}

void write_group(FaultyMachine& machine, Book& book, std::mt19937_64& random) {
    constexpr std::uint64_t most = 7;
    State after = book.acknowledged;
    std::vector<std::future<bool>> replies;
    machine.in_one_group([&] {
        for (auto count = pick(random, 1, most); count > 0; --count)
            replies.push_back(start_one(machine, after, random));
    });
    const auto taken = std::ranges::count_if(replies, [](auto& reply) { return is_acknowledged(reply); });
    const bool all = std::cmp_equal(taken, replies.size());
    BOOST_TEST((taken == 0 || all), "a group took hold in part");
    if (all) {
        book.settle(std::move(after));
    } else {
        book.doubtful.push_back(std::move(after));
    }
}

/// Webhooks 1 to 3 are to get events.
void subscribe(const fs::path& database) {
    SQLite::Database(database.string(), SQLite::OPEN_READWRITE, 0, "unix")
        .exec("UPDATE webhooks SET active = 1, events = '[\"user.created\"]' WHERE number <= 3");
}

State state_in(const fs::path& database) {
    events_in(database);  // that the file is whole
    const SQLite::Database file(database.string(), SQLite::OPEN_READWRITE, 0, "unix");
    State state;
    SQLite::Statement row(file, "SELECT event, webhook, state, attempts FROM deliveries");
    while (row.executeStep()) {
        state.deliveries[{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()}] = {
            row.getColumn(2).getString(), row.getColumn(3).getInt()};
    }
    SQLite::Statement attempts(file, "SELECT count(*) FROM attempts");
    attempts.executeStep();
    state.attempts = attempts.getColumn(0).getInt();
    SQLite::Statement alone(file,
                            "SELECT count(*) FROM events WHERE number NOT IN (SELECT event FROM deliveries)");
    alone.executeStep();
    BOOST_TEST(alone.getColumn(0).getInt() == 0);
    return state;
}

void survive_power_loss(const std::uint64_t seed) {
    constexpr std::uint64_t most_changes = 250;
    constexpr std::uint64_t most_groups = 12;
    constexpr std::array<std::uint64_t, 4> checkpoint_sizes{0, 16U << 10U, 64U << 10U, 64U << 20U};
    std::mt19937_64 random(seed);
    const TemporaryFolder folder;
    const auto image = folder.path() / "image";
    Book book;
    FaultyMachine machine(random());
    machine.seed();
    subscribe(machine.path());
    storage::DatabaseOptions options;
    options.checkpoint_size = checkpoint_sizes[pick(random, 0, checkpoint_sizes.size() - 1)];
    machine.disk().cut_power_at(pick(random, 1, most_changes));
    try {
        machine.open(options);
        for (auto groups = pick(random, 1, most_groups); groups > 0 && !machine.disk().power_is_cut();
             --groups)
            write_group(machine, book, random);
    } catch (const SQLite::Exception&) {
        BOOST_TEST_REQUIRE(machine.disk().power_is_cut());  // while it was opened
    }
    machine.disk().cut_power();
    machine.close();
    machine.disk().leave_image(image);
    const auto found = state_in(image / "gateway.db");
    BOOST_TEST(book.allows(found),
               "acknowledged: " << book.acknowledged.to_text() << "\nfound: " << found.to_text());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_power_loss_test)

BOOST_AUTO_TEST_CASE(no_event_delivery_or_outcome_is_lost_that_was_acknowledged) {
    for_each_seed(losses, survive_power_loss);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
