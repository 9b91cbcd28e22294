// Power fails, or the disk does, while the secrets' key is replaced: the key file and the database agree
// afterwards, and every secret opens.

#include "storage/key_rotation.hpp"

#include "storage/prepared_database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/webhooks.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/faulty_machine.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

fs::path key_file_in(const fs::path& folder) {
    return folder / "gateway.key";
}

/// Long enough that the rows fill several pages.
std::string secret_of(const std::size_t webhook) {
    constexpr std::size_t size = 3'000;
    return std::string(size, static_cast<char>('a' + webhook));
}

/// Gives the webhooks of the machine's database real secrets, and leaves it closed.
void seal_secrets(FaultyMachine& machine) {
    const auto key_file = key_file_in(machine.folder());
    storage::PreparedDatabase prepared(machine.path(), key_file, system_random, machine.clock);
    storage::CommandDatabase database(machine.path(), machine.clock);
    database.write([&](storage::Transaction& transaction) {
        for (std::size_t i = 0; i < faulty_webhooks; ++i) {
            const auto id = faulty_webhook(i);
            set_sealed_token(transaction, id, prepared.secrets().seal(transaction, secret_of(i), id));
        }
        return true;
    });
}

/// The key file is not SQLite's: it is forced to disk by itself, before anything that relies on it.
void leave_image(FaultyMachine& machine, const fs::path& image) {
    machine.disk().leave_image(image);
    fs::copy_file(key_file_in(machine.folder()), key_file_in(image));
}

void check_secrets(FaultyMachine& machine) {
    storage::CommandDatabase database(machine.path(), machine.clock);
    storage::Secrets secrets(key_file_in(machine.folder()), system_random);
    for (std::size_t i = 0; i < faulty_webhooks; ++i) {
        const auto id = faulty_webhook(i);
        const auto open = [&](storage::Snapshot& snapshot) {
            return secrets.open(snapshot, sealed_token(snapshot, id), id);
        };
        BOOST_TEST((database.read(open) == secret_of(i)), id << " has lost its secret");
    }
}

/// Rotates, which may fail with a fault. True when it did not.
bool rotate(FaultyMachine& machine) {
    try {
        storage::CommandDatabase database(machine.path(), machine.clock);
        rotate_sealing_key(database, key_file_in(machine.folder()), system_random);
        return true;
    } catch (const SQLite::Exception&) {
    } catch (const Unavailable&) {
    }
    return false;
}

/// A rotated database whose power failed at this change. True when it had not come to its end by then.
bool survive_power_loss(const fs::path& sealed, const std::uint64_t change, const std::uint64_t seed) {
    const TemporaryFolder folder;
    const auto image = folder.path() / "image";
    bool cut = false;
    {
        FaultyMachine machine(seed);
        machine.load(sealed);
        machine.disk().cut_power_at(change);
        const bool done = rotate(machine);
        cut = machine.disk().power_is_cut();
        BOOST_TEST((done || cut));
        machine.disk().cut_power();
        leave_image(machine, image);
    }
    events_in(image / "gateway.db");
    FaultyMachine machine;
    machine.load(image);
    check_secrets(machine);
    BOOST_TEST(rotate(machine));
    check_secrets(machine);
    return cut;
}

struct Sealed {
    TemporaryFolder folder;
    fs::path image = folder.path() / "sealed";

    Sealed() {
        FaultyMachine machine;
        machine.seed();
        seal_secrets(machine);
        leave_image(machine, image);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(key_rotation_test, Sealed)

BOOST_AUTO_TEST_CASE(a_rotation_can_lose_power_anywhere) {
    constexpr std::uint64_t seeds_for_two = 1'000;  // of a night
    const auto scale = number_from_environment("GATEWAY_FAULT_SEEDS", 0) / seeds_for_two;
    const auto seeds_per_change = std::max(scale * 2, std::uint64_t{1});
    std::uint64_t change = 0;
    for (bool cut = true; cut;) {
        cut = false;
        ++change;
        for (std::uint64_t seed = 1; seed <= seeds_per_change; ++seed) {
            BOOST_TEST_CONTEXT("power cut at change " << change << ", seed " << seed) {
                cut = survive_power_loss(image, change, change * 1'000 + seed) || cut;
            }
        }
    }
    BOOST_TEST(change > 10U);
}

BOOST_AUTO_TEST_CASE(a_rotation_that_the_disk_fails_changes_nothing_and_can_be_repeated) {
    struct Fault {
        DiskCall call;
        int code;
    };

    int strikes = 0;
    for (const auto& [call, code] :
         {Fault{DiskCall::write, SQLITE_FULL}, Fault{DiskCall::write, SQLITE_IOERR_WRITE},
          Fault{DiskCall::sync, SQLITE_IOERR_FSYNC}, Fault{DiskCall::read, SQLITE_IOERR_READ}}) {
        bool struck = true;
        for (std::uint64_t nth = 1; struck; nth = next_call(nth)) {
            BOOST_TEST_CONTEXT("SQLite's code " << code << " at call " << nth) {
                FaultyMachine machine(nth);
                machine.load(image);
                machine.disk().inject({.call = call, .code = code, .nth = nth});
                const bool done = rotate(machine);
                struck = machine.disk().has_struck();
                BOOST_TEST((done || struck));
                strikes += struck ? 1 : 0;
                machine.disk().clear();
                check_secrets(machine);
                BOOST_TEST(rotate(machine));
                check_secrets(machine);
            }
        }
    }
    BOOST_TEST(strikes > 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
