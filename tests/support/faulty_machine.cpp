#include "tests/support/faulty_machine.hpp"

#include "storage/command_database.hpp"
#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/opening.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/event_load.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace gateway::test {

namespace fs = std::filesystem;

std::string faulty_webhook(const std::size_t index) {
    return "web_0000000000000000000000000" + std::to_string(index);
}

namespace {

bool insert_rows(storage::Transaction& transaction) {
    static constexpr std::array<std::uint8_t, 1> sealed_token{0};  // no test opens it
    insert_app(transaction, std::string(faulty_app), "Shop");
    for (std::size_t i = 0; i < faulty_webhooks; ++i) {
        storage::Webhook webhook;
        webhook.id = faulty_webhook(i);
        webhook.app_id = faulty_app;
        webhook.url = "https://shop.example/hook";
        webhook.created_at = webhook.updated_at = transaction.now();
        insert_webhook(transaction, webhook, sealed_token);
    }
    return true;
}

std::string make_seeded_database() {
    const TemporaryFolder folder;
    const auto path = folder.path() / "gateway.db";
    storage::Migrator(path, TestClock()).migrate();
    storage::CommandDatabase(path, TestClock()).write(insert_rows);
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void require_whole(const SQLite::Database& file) {
    for (const auto* const pragma : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
        SQLite::Statement check(file, pragma);
        if (!check.executeStep()) continue;
        const auto found = check.getColumn(0).getString();
        if (found != "ok") throw std::runtime_error(std::string(pragma) + ": " + found);
    }
}

}  // namespace

const std::string& seeded_database() {
    static const std::string bytes = make_seeded_database();
    return bytes;
}

std::uint64_t next_call(const std::uint64_t nth) {
    constexpr std::uint64_t first_calls = 8;
    constexpr std::uint64_t stride = 4;
    static const bool is_night = number_from_environment("GATEWAY_FAULT_SEEDS", 0) > 0;
    return nth + (is_night || nth < first_calls ? 1 : stride);
}

std::vector<std::vector<EventType>> events_in(const fs::path& database) {
    constexpr int busy_timeout = 0;
    SQLite::Database file(database.string(), SQLite::OPEN_READWRITE, busy_timeout, "unix");
    file.exec("PRAGMA synchronous = OFF");  // it is thrown away afterwards
    require_whole(file);
    std::vector<std::vector<EventType>> events;
    SQLite::Statement row(file, "SELECT events FROM webhooks ORDER BY number");
    while (row.executeStep()) {
        const auto set = parse_event_set(row.getColumn(0).getString());
        events.emplace_back(set.in_order().begin(), set.in_order().end());
    }
    return events;
}

FaultyMachine::FaultyMachine(const std::uint64_t seed)
    : disk_((seeded_database(), folder_.path()), seed),
      work_(context_.get_executor()),
      thread_([this] { context_.run(); }) {}

FaultyMachine::~FaultyMachine() {
    close();
    work_.reset();
    thread_.join();
}

void FaultyMachine::seed() const {
    std::ofstream(path(), std::ios::binary) << seeded_database();
}

void FaultyMachine::load(const fs::path& image) const {
    fs::copy(image, folder());
}

void FaultyMachine::open(storage::DatabaseOptions options) {
    file_.emplace(path());
    options.readers = 1;
    database_.emplace(storage::open_sessions(*file_, options, reports), options, clock, reports);
}

std::future<void> FaultyMachine::hold_writer(const Hold& hold) {
    // Reached by whichever comes first: the job runs, or it never will.
    const auto reached = std::make_shared<std::promise<void>>();
    const auto is_reached = std::make_shared<std::atomic_flag>();
    const auto reach = [reached, is_reached] {
        if (!is_reached->test_and_set()) reached->set_value();
    };
    const auto job = [reach, wait = hold.job<storage::Transaction>()](storage::Transaction& transaction) {
        reach();
        return wait(transaction);
    };
    const auto caller = [this, job, reach]() -> boost::asio::awaitable<void> {
        try {
            co_await database_->write(job, no_deadline);
        } catch (const Unavailable&) {
            reach();
        }
    };
    auto held = boost::asio::co_spawn(context_, caller, boost::asio::use_future);
    reached->get_future().wait();
    return held;
}

void FaultyMachine::settle() {
    const auto nothing = []() -> boost::asio::awaitable<void> { co_return; };
    boost::asio::co_spawn(context_, nothing, boost::asio::use_future).get();
}

}  // namespace gateway::test
