#include "tests/support/delivery_load.hpp"

#include "tests/support/daemon.hpp"
#include "tests/support/delivery_fixture.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <thread>

namespace gateway::test {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

EventSet all_events() {
    EventSet events;
    for (std::size_t i = 0; i < event_type_names.size(); ++i)
        events.add(static_cast<EventType>(i));
    return events;
}

}  // namespace

DeliveryFolder::DeliveryFolder(const std::size_t receivers, const std::size_t webhooks_per_receiver)
    : LoadFolder(receivers * webhooks_per_receiver) {
    write("authority.pem", authority_.certificate());
    receivers_.push_back(std::make_unique<Receiver>(
        answer(200), ReceiverOptions{.identity = authority_.issue({"127.0.0.1"})}));
    while (receivers_.size() < receivers)
        receivers_.push_back(std::make_unique<Receiver>(answer(200)));

    const SQLite::Database file(database().string(), SQLite::OPEN_READWRITE);
    SQLite::Statement update(file, "UPDATE webhooks SET active = 1, events = ?, url = ? WHERE id = ?");
    update.bind(1, to_json_text(all_events()));
    for (std::size_t i = 0; i < books().size(); ++i) {
        update.bind(2, receivers_[i / webhooks_per_receiver]->url("/" + std::to_string(i)));
        update.bind(3, books()[i].id);
        update.exec();
        update.reset();
    }
}

std::vector<std::string> DeliveryFolder::settings() const {
    return {"delivery.ca_file=" + (path() / "authority.pem").string(), "delivery.first_retry=100ms",
            "delivery.longest_retry=1s", "delivery.allow_networks=127.0.0.0/8", "webhooks.allow_http=true"};
}

std::size_t DeliveryFolder::requests() const {
    std::size_t count = 0;
    for (const auto& receiver : receivers_)
        count += receiver->requests().size();
    return count;
}

std::map<std::string, std::vector<std::vector<std::string>>> DeliveryFolder::arrivals() const {
    std::map<std::string, std::vector<std::vector<std::string>>> arrivals;
    for (const auto& receiver : receivers_)
        for (const auto& request : receiver->requests())
            arrivals[request.target].push_back(event_ids_in({request}));
    return arrivals;
}

void DeliveryFolder::wait_for_ends() const {
    for (const auto& receiver : receivers_)
        receiver->wait_for_closed(receiver->connections());
}

void kill_under_load(const DeliveryFolder& folder, std::mt19937_64& random, const std::size_t clients,
                     const Clients::Ask& ask) {
    constexpr std::uint64_t most_acknowledged = 300;
    constexpr std::uint64_t longest_pause = 20'000;
    constexpr milliseconds first_delivery_within = milliseconds(2'000) * slowness;
    const auto acknowledged = pick(random, 1, most_acknowledged);
    const bool with_answer = pick(random, 0, 1) == 0;
    const microseconds pause(pick(random, 0, longest_pause));
    const auto before = folder.requests();
    const auto begin = steady_clock::now();
    Daemon daemon(folder.path(), folder.settings());
    Clients load(daemon.port(), clients, ask, [&](const std::uint64_t count) {
        if (with_answer && count == acknowledged) daemon.signal(SIGKILL);
    });
    wait_until([&] { return load.acknowledged() >= acknowledged || folder.requests() > before; },
               "a delivery; " + daemon.log());
    if (folder.requests() > before) BOOST_TEST((steady_clock::now() - begin < first_delivery_within));
    BOOST_TEST(load.wait_for(acknowledged), "the clients ended early: " << daemon.log());
    if (!with_answer) std::this_thread::sleep_for(pause);  // nothing waits for this
    daemon.signal(SIGKILL);
    load.join();
    daemon.kill();  // only now: a client may be about to signal it, too
    BOOST_TEST(load.complaint() == "");
    folder.wait_for_ends();
}

void deliver_all(const DeliveryFolder& folder) {
    constexpr int busy_timeout = 5'000;
    Daemon daemon(folder.path(), folder.settings());
    const SQLite::Database file(folder.database().string(), SQLite::OPEN_READWRITE, busy_timeout);
    wait_until(
        [&] {
            SQLite::Statement pending(file, "SELECT count(*) FROM deliveries WHERE state <> 'delivered'");
            pending.executeStep();
            return pending.getColumn(0).getInt() == 0;
        },
        "an end of all deliveries");
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
}

}  // namespace gateway::test
