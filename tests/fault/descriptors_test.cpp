#include "tests/support/daemon.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>

namespace gateway::test {

namespace {

namespace fs = std::filesystem;

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define GATEWAY_TEST_NEEDS_DESCRIPTORS 1
#endif
#endif
#ifdef GATEWAY_TEST_NEEDS_DESCRIPTORS
/// The sanitizer opens a pipe to find out whether memory can be read, and takes a failure for no.
constexpr bool build_needs_descriptors = true;
#else
constexpr bool build_needs_descriptors = false;
#endif

constexpr auto check_pause = std::chrono::milliseconds(5);

void wait_until(const auto& holds) {
    const auto end = std::chrono::steady_clock::now() + Daemon::limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it does not come to pass");
        std::this_thread::sleep_for(check_pause);
    }
}

int times_in(const std::string& text, const std::string& part) {
    int times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++times;
    return times;
}

/// Of the thread that accepts: each end of a wait is one.
long waits_of(const pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;) {
        long waits = 0;
        if (word == "voluntary_ctxt_switches:" && status >> waits) return waits;
    }
    throw std::runtime_error("no count of waits");
}

void limit_files(const pid_t process, const rlim_t most) {
    rlimit limit{};
    BOOST_TEST_REQUIRE(prlimit(process, RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = most;
    BOOST_TEST_REQUIRE(prlimit(process, RLIMIT_NOFILE, &limit, nullptr) == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptors_test)

BOOST_AUTO_TEST_CASE(a_lack_of_descriptors_is_told_once_and_once_when_it_is_over) {
    if (build_needs_descriptors) return;
    const TemporaryFolder folder;
    Daemon daemon(folder.path());
    limit_files(daemon.process(), 3);
    HttpClient client(daemon.port());  // the system has taken it, the daemon cannot
    wait_until([&] { return times_in(daemon.log(), "connections cannot be accepted") == 1; });
    const auto waits = waits_of(daemon.process());
    constexpr int attempts = 5;
    wait_until([&] { return waits_of(daemon.process()) >= waits + attempts; });
    limit_files(daemon.process(), 1'000);
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    daemon.signal(SIGTERM);
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(times_in(daemon.log(), "connections cannot be accepted") == 1, daemon.log());
    BOOST_TEST(times_in(daemon.log(), "connections are accepted again") == 1, daemon.log());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
