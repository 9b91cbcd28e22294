// The disk is full or fails, at each call in turn that an operation makes of it: the caller is told, nothing
// is half-written, nothing acknowledged is lost, and all is well again when the disk is.
//
//     GATEWAY_FAULT_SEEDS=20000 fault_tests --run_test=storage_fault_test     at each call, as a night does

#include "storage/sqlite/migrator.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/faulty_machine.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

struct NamedFault {
    const char* name;
    DiskCall call;
    int code;
};

constexpr std::array faults{
    NamedFault{"full disk", DiskCall::write, SQLITE_FULL},
    NamedFault{"write", DiskCall::write, SQLITE_IOERR_WRITE},
    NamedFault{"sync", DiskCall::sync, SQLITE_IOERR_FSYNC},
    NamedFault{"read", DiskCall::read, SQLITE_IOERR_READ},
    NamedFault{"truncate", DiskCall::truncate, SQLITE_IOERR_TRUNCATE},
    NamedFault{"file size", DiskCall::file_size, SQLITE_IOERR_FSTAT},
    NamedFault{"open", DiskCall::open, SQLITE_CANTOPEN},
    NamedFault{"remove", DiskCall::remove, SQLITE_IOERR_DELETE},
};

/// Calls `attempt(machine, fault)` with each fault at the first call, the second and so on, once and lasting,
/// until the operation makes no such call any more. Gives how often a fault struck.
template <class Attempt>
int for_each_fault(Attempt attempt) {
    int strikes = 0;
    for (const auto& [name, call, code] : faults) {
        for (const bool lasting : {false, true}) {
            bool struck = true;
            for (std::uint64_t nth = 1; struck; nth = next_call(nth)) {
                BOOST_TEST_CONTEXT(name << " fails at call " << nth << (lasting ? " and from then on" : "")) {
                    FaultyMachine machine(nth);
                    attempt(machine, DiskFault{.call = call, .code = code, .nth = nth, .lasting = lasting});
                    struck = machine.disk().has_struck();
                    strikes += struck ? 1 : 0;
                }
            }
        }
    }
    return strikes;
}

/// Adds an event; true when that is acknowledged. Anything but that or Unavailable fails the test.
bool add(FaultyMachine& machine, const std::size_t webhook, const EventType event) {
    try {
        BOOST_TEST(machine.start(adding(webhook, event)).get().has_value());
        return true;
    } catch (const Unavailable& failure) {
        BOOST_TEST((failure.code() == ErrorCode::storage_unavailable));
        return false;
    } catch (const std::exception& failure) {
        BOOST_ERROR("a caller was told: " << failure.what());
        return false;
    }
}

using Events = std::vector<std::vector<EventType>>;

/// As a daemon killed now would find them.
Events events_after_kill(const FaultyMachine& machine) {
    const TemporaryFolder aside;
    for (const auto* const ending : {"", "-wal"}) {
        const fs::path file = machine.path().string() + ending;
        if (fs::exists(file)) fs::copy(file, aside.path());
    }
    return events_in(aside.path() / "gateway.db");
}

/// That the disk is well again: a write is taken, and the file holds what it must, whether the process ends
/// well or not.
void check_recovered(FaultyMachine& machine, Events expected) {
    constexpr std::size_t last = faulty_webhooks - 1;
    machine.disk().clear();
    BOOST_TEST(add(machine, last, EventType::user_created));
    expected[last].push_back(EventType::user_created);
    BOOST_TEST((events_after_kill(machine) == expected));
    machine.close();
    BOOST_TEST((events_in(machine.path()) == expected));
}

std::vector<storage::Migration> two_migrations() {
    const auto embedded = storage::embedded_migrations();
    std::vector<storage::Migration> migrations{embedded.begin(), embedded.end()};
    migrations.push_back({static_cast<int>(migrations.size()) + 1, "add_note",
                          "ALTER TABLE webhooks ADD COLUMN note TEXT; UPDATE webhooks SET note = 'new';"});
    return migrations;
}

/// Migrates under the fault, which may fail with a plain reason, and again without it.
void migrate_twice(FaultyMachine& machine, const DiskFault& fault, const std::size_t webhooks) {
    const auto migrations = two_migrations();
    storage::Migrator migrator(machine.path(), machine.clock, migrations);
    machine.disk().inject(fault);
    try {
        migrator.migrate();
    } catch (const SQLite::Exception& failure) {
        BOOST_TEST(failure.what() != std::string());
        BOOST_TEST(machine.disk().has_struck());
    }
    machine.disk().clear();
    BOOST_CHECK_NO_THROW(migrator.migrate());
    BOOST_CHECK_NO_THROW(migrator.require_current());
    BOOST_TEST(events_in(machine.path()).size() == webhooks);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(storage_fault_test)

BOOST_AUTO_TEST_CASE(a_write_is_refused_whole_and_the_next_one_is_taken_when_the_fault_is_gone) {
    const int strikes = for_each_fault([](FaultyMachine& machine, const DiskFault& fault) {
        Events expected(faulty_webhooks);
        machine.seed();
        machine.open();
        machine.disk().inject(fault);
        int refused = 0;
        for (const auto webhook : {0U, 1U, 0U}) {
            const auto event = expected[webhook].empty() ? EventType::user_deleted : EventType::user_created;
            if (add(machine, webhook, event)) {
                expected[webhook].push_back(event);
            } else {
                ++refused;
            }
        }
        check_recovered(machine, expected);
        if (refused > 0) {
            BOOST_TEST(machine.reports.count(storage::Severity::error, "takes no writes") > 0);
            BOOST_TEST(machine.reports.count(storage::Severity::info, "takes writes again") > 0);
        }
    });
    BOOST_TEST_MESSAGE(strikes << " faults struck");
    BOOST_TEST(strikes > 20);
}

BOOST_AUTO_TEST_CASE(what_a_failed_sync_refused_does_not_come_back_after_a_kill) {
    FaultyMachine machine;
    machine.seed();
    machine.open();
    Events expected(faulty_webhooks);
    BOOST_TEST(add(machine, 0, EventType::user_deleted));
    expected[0].push_back(EventType::user_deleted);
    machine.disk().inject({.call = DiskCall::sync, .code = SQLITE_IOERR_FSYNC});
    BOOST_TEST(!add(machine, 1, EventType::user_deleted));
    BOOST_TEST((events_after_kill(machine) == expected));
    check_recovered(machine, expected);
}

BOOST_AUTO_TEST_CASE(a_group_is_refused_whole) {
    const int strikes = for_each_fault([](FaultyMachine& machine, const DiskFault& fault) {
        machine.seed();
        machine.open();
        std::vector<std::future<Result<api::WebhookResponse>>> replies;
        machine.in_one_group([&] {
            machine.disk().inject(fault);
            for (std::size_t webhook = 0; webhook < 3; ++webhook)
                replies.push_back(machine.start(adding(webhook, EventType::user_deleted)));
        });
        Events expected(faulty_webhooks);
        std::size_t taken = 0;
        for (std::size_t webhook = 0; webhook < replies.size(); ++webhook) {
            try {
                BOOST_TEST(replies[webhook].get().has_value());
                expected[webhook].push_back(EventType::user_deleted);
                ++taken;
            } catch (const Unavailable&) {
            }
        }
        // A read that fails may fail one job alone; what makes the commit fails them all.
        if (fault.call != DiskCall::read) BOOST_TEST((taken == 0 || taken == replies.size()));
        check_recovered(machine, expected);
    });
    BOOST_TEST(strikes > 10);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_fails_loses_nothing) {
    const int strikes = for_each_fault([](FaultyMachine& machine, const DiskFault& fault) {
        constexpr std::size_t writes = 5;
        machine.seed();
        machine.open({.checkpoint_size = 0});
        Events expected(faulty_webhooks);
        for (std::size_t i = 0; i < writes; ++i) {
            if (i == 1) machine.disk().inject(fault);
            const auto event = static_cast<EventType>(i);
            if (add(machine, i % 2, event)) expected[i % 2].push_back(event);
        }
        check_recovered(machine, expected);
    });
    BOOST_TEST(strikes > 20);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_process_under_a_fault_loses_nothing) {
    const int strikes = for_each_fault([](FaultyMachine& machine, const DiskFault& fault) {
        machine.seed();
        machine.open();
        Events expected(faulty_webhooks);
        BOOST_TEST(add(machine, 0, EventType::user_deleted));
        expected[0].push_back(EventType::user_deleted);
        machine.disk().inject(fault);
        machine.close();
        machine.disk().clear();
        BOOST_TEST((events_after_kill(machine) == expected));
        machine.open();
        check_recovered(machine, expected);
    });
    BOOST_TEST(strikes > 5);
}

BOOST_AUTO_TEST_CASE(
    a_start_after_a_loss_of_power_recovers_the_log_or_fails_with_a_reason_and_loses_nothing) {
    const TemporaryFolder folder;
    const auto image = folder.path() / "image";
    Events expected(faulty_webhooks);
    {
        FaultyMachine machine;
        machine.seed();
        machine.open();
        for (std::size_t webhook = 0; webhook < 3; ++webhook) {
            BOOST_TEST(add(machine, webhook, EventType::user_deleted));
            expected[webhook].push_back(EventType::user_deleted);
        }
        machine.disk().leave_image(image);
    }
    const int strikes = for_each_fault([&](FaultyMachine& machine, const DiskFault& fault) {
        machine.load(image);
        machine.disk().inject(fault);
        try {
            machine.open();
        } catch (const SQLite::Exception& failure) {
            BOOST_TEST(failure.what() != std::string());
            machine.disk().clear();
            machine.open();
        }
        check_recovered(machine, expected);
    });
    BOOST_TEST(strikes > 5);
}

BOOST_AUTO_TEST_CASE(a_first_start_fails_with_a_reason_and_succeeds_when_the_fault_is_gone) {
    const int strikes = for_each_fault(
        [](FaultyMachine& machine, const DiskFault& fault) { migrate_twice(machine, fault, 0); });
    BOOST_TEST(strikes > 50);
}

BOOST_AUTO_TEST_CASE(a_migration_fails_whole_and_succeeds_when_the_fault_is_gone) {
    const int strikes = for_each_fault([](FaultyMachine& machine, const DiskFault& fault) {
        machine.seed();
        migrate_twice(machine, fault, faulty_webhooks);
    });
    BOOST_TEST(strikes > 20);
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_is_unavailable_and_the_next_one_is_answered) {
    const auto list = [](storage::Snapshot& snapshot) {
        return list_webhooks(snapshot, std::string(faulty_app)).size();
    };
    const int strikes = for_each_fault([&](FaultyMachine& machine, const DiskFault& fault) {
        machine.seed();
        machine.open();
        BOOST_TEST(add(machine, 0, EventType::user_deleted));
        machine.disk().inject(fault);
        try {
            BOOST_TEST(machine.start_read(list).get() == faulty_webhooks);
        } catch (const Unavailable& failure) {
            BOOST_TEST((failure.code() == ErrorCode::storage_unavailable));
        }
        machine.disk().clear();
        BOOST_TEST(machine.start_read(list).get() == faulty_webhooks);
    });
    BOOST_TEST(strikes > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
