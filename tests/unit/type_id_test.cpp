#include "storage/values/type_id.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <latch>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gateway {

namespace {

Timestamp at(const std::int64_t since_epoch_ms) {
    return Timestamp{std::chrono::milliseconds{since_epoch_ms}};
}

Clock fixed_clock(const std::int64_t since_epoch_ms) {
    return [since_epoch_ms] { return at(since_epoch_ms); };
}

void all_ones(const std::span<std::uint8_t> bytes) {
    std::ranges::fill(bytes, std::uint8_t{0xff});
}

void all_zeros(const std::span<std::uint8_t> bytes) {
    std::ranges::fill(bytes, std::uint8_t{0});
}

/// Gives the bytes of `script` in turn, again and again.
RandomSource scripted(std::vector<std::uint8_t> script) {
    return [script = std::move(script), next = std::size_t{0}](const std::span<std::uint8_t> bytes) mutable {
        for (std::uint8_t& byte : bytes)
            byte = script[next++ % script.size()];
    };
}

/// The 128 bits that the 26 characters of a TypeID stand for.
Uuid uuid_of(const std::string& id) {
    constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
    Uuid uuid;
    for (const char digit : id.substr(id.find('_') + 1)) {
        uuid.high = uuid.high << 5 | uuid.low >> 59;
        uuid.low = uuid.low << 5 | digits.find(digit);
    }
    return uuid;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(type_id_test)

BOOST_AUTO_TEST_CASE(a_uuid_is_written_as_the_typeid_specification_says) {
    BOOST_TEST(type_id("prefix", {}) == "prefix_00000000000000000000000000");
    BOOST_TEST(type_id("prefix", {.high = 0, .low = 1}) == "prefix_00000000000000000000000001");
    BOOST_TEST(type_id("prefix", {.high = 0, .low = 10}) == "prefix_0000000000000000000000000a");
    BOOST_TEST(type_id("prefix", {.high = 0, .low = 16}) == "prefix_0000000000000000000000000g");
    BOOST_TEST(type_id("prefix", {.high = 0, .low = 32}) == "prefix_00000000000000000000000010");
    BOOST_TEST(type_id("prefix", {.high = ~0ULL, .low = ~0ULL}) == "prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    BOOST_TEST(type_id("prefix", {.high = 0x0110c8531d0952d8, .low = 0xd73e1194e95b5f19}) ==
               "prefix_0123456789abcdefghjkmnpqrs");
    BOOST_TEST(type_id("prefix", {.high = 0x01890a5dac96774b, .low = 0xbcceb302099a8057}) ==
               "prefix_01h455vb4pex5vsknk084sn02q");
}

BOOST_AUTO_TEST_CASE(a_uuid_is_read_in_its_written_form_alone) {
    for (const std::string text :
         {"01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057"})
        BOOST_TEST(type_id("prefix", parse_uuid(text).value()) == "prefix_01h455vb4pex5vsknk084sn02q");
    BOOST_TEST(type_id("a", parse_uuid("ffffffff-ffff-ffff-ffff-ffffffffffff").value()) ==
               "a_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    for (const std::string text :
         {"", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805",
          "01890a5d-ac96-774b-bcce-b302099a80570", "{01890a5d-ac96-774b-bcce-b302099a8057}",
          "01890a5d-ac96-774b-bcceb-302099a8057", "01890a5d-ac96-774b-bcce-b302099a805g",
          "01890a5d-ac96-774b-bcce-b302099a805-", "01890a5d ac96 774b bcce b302099a8057",
          "+1890a5d-ac96-774b-bcce-b302099a8057"})
        BOOST_TEST(!parse_uuid(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(an_id_is_its_prefix_and_a_version_7_uuid_of_the_clocks_time) {
    for (const RandomSource& random : {RandomSource{all_ones}, RandomSource{all_zeros}}) {
        IdSource ids(fixed_clock(0x01890a5dac96), random);
        const std::string id = ids.next("web");
        BOOST_TEST(id.size() == 30);
        BOOST_TEST(id.starts_with("web_01h455vb4p"));
        const Uuid uuid = uuid_of(id);
        BOOST_TEST((uuid.high >> 16) == 0x01890a5dac96U);
        BOOST_TEST((uuid.high >> 12 & 0xf) == 7U);
        BOOST_TEST((uuid.low >> 62) == 0b10U);
    }
}

BOOST_AUTO_TEST_CASE(every_bit_that_is_not_time_version_or_variant_is_random) {
    IdSource ones(fixed_clock(1), all_ones);
    IdSource zeros(fixed_clock(1), all_zeros);
    const Uuid full = uuid_of(ones.next("a"));
    const Uuid empty = uuid_of(zeros.next("a"));
    BOOST_TEST((full.high ^ empty.high) == 0xfffU);
    BOOST_TEST((full.low ^ empty.low) == ~0ULL >> 2);
}

BOOST_AUTO_TEST_CASE(ids_of_one_millisecond_count_up) {
    IdSource ids(fixed_clock(1742040000000), system_random);
    const Uuid first = uuid_of(ids.next("a"));
    const Uuid second = uuid_of(ids.next("a"));
    BOOST_TEST(second.low - first.low == 1U);
}

BOOST_AUTO_TEST_CASE(counting_carries_over_the_fixed_bits_into_the_time) {
    IdSource ids(fixed_clock(1742040000000), all_ones);
    const std::string first = ids.next("a");
    const std::string second = ids.next("a");
    BOOST_TEST(first < second);
    BOOST_TEST(uuid_of(second).high == (1742040000001ULL << 16 | 0x7000));
    BOOST_TEST(uuid_of(second).low == 1ULL << 63);
}

BOOST_AUTO_TEST_CASE(ids_sort_by_creation_when_the_clock_goes_backwards) {
    Timestamp now = at(1742040000000);
    IdSource ids([&now] { return now; }, system_random);
    std::string last;
    for (const int step : {0, 5, -3, 0, -100000, 1, 0, 50000}) {
        now += std::chrono::milliseconds{step};
        const std::string id = ids.next("a");
        BOOST_TEST(last < id);
        last = id;
    }
}

BOOST_AUTO_TEST_CASE(a_clock_before_1970_counts_as_1970) {
    IdSource ids(fixed_clock(-1), all_ones);
    BOOST_TEST((uuid_of(ids.next("a")).high >> 16) == 0U);
}

BOOST_AUTO_TEST_CASE(threads_never_get_the_same_id) {
    // The clock stands still, so that every id is the one before and one more; and the random source dawdles,
    // so that the others come upon the first id in the making.
    const RandomSource dawdling = [](const std::span<std::uint8_t> bytes) {
        for (int turn = 0; turn < 1000; ++turn)
            std::this_thread::yield();
        all_zeros(bytes);
    };
    IdSource ids(fixed_clock(1742040000000), dawdling);
    std::array<std::vector<std::string>, 4> made;
    std::latch start(made.size());
    {
        std::vector<std::jthread> threads;
        threads.reserve(made.size());
        for (auto& mine : made)
            threads.emplace_back([&] {
                start.arrive_and_wait();
                for (int round = 0; round < 5000; ++round)
                    mine.push_back(ids.next("a"));
            });
    }
    std::set<std::string> all;
    for (const auto& mine : made) {
        BOOST_TEST(std::ranges::is_sorted(mine));
        all.insert(mine.begin(), mine.end());
    }
    BOOST_TEST(all.size() == 20000U);
}

BOOST_AUTO_TEST_CASE(an_app_id_is_seven_lower_case_letters_and_digits) {
    IdSource ids(system_now, system_random);
    for (int round = 0; round < 1000; ++round) {
        const std::string id = ids.next_app_id();
        BOOST_REQUIRE_EQUAL(id.size(), 7U);
        BOOST_REQUIRE_EQUAL(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(every_character_of_an_app_id_is_equally_likely) {
    // The four that must be left out come first; 36 ids take the other 252 once.
    std::vector<std::uint8_t> every_byte(256);
    std::iota(every_byte.begin(), every_byte.end(), std::uint8_t{252});
    IdSource ids(system_now, scripted(every_byte));
    std::map<char, int> count;
    for (int round = 0; round < 36; ++round)
        for (const char character : ids.next_app_id())
            ++count[character];
    BOOST_TEST(count.size() == 36U);
    for (const auto& [character, times] : count)
        BOOST_TEST(times == 7, character << " came " << times << " times");
}

BOOST_AUTO_TEST_CASE(the_system_gives_random_bytes_of_any_number) {
    std::vector<std::uint8_t> bytes(1000);
    system_random(bytes);
    BOOST_TEST(std::ranges::count(bytes, std::uint8_t{0}) < 30);
    system_random({});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
