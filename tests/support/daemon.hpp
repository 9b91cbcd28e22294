// Runs the real binary as a daemon, for as long as a test needs it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace gateway::test {

/// A sanitizer's build is several times as slow; the times that the product promises are not for it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GATEWAY_TEST_SLOW_BUILD 1
#endif
#endif
#ifdef GATEWAY_TEST_SLOW_BUILD
inline constexpr int slowness = 5;
#else
inline constexpr int slowness = 1;
#endif

/// A running `serve` on a free port of 127.0.0.1. It does not outlive the thread that made it: the kernel
/// kills it when that ends, however that comes about.
class Daemon {
  public:
    using Variables = std::vector<std::pair<std::string, std::string>>;

    /// How long it may take to get ready and to end. Far longer than either takes.
    static constexpr std::chrono::seconds limit{60};

    /// Runs in `folder`, where the defaults put the database, with `settings` ("database.busy_timeout=1s")
    /// beside them and `variables` added to its environment; a "server.listen=…" among the settings begins
    /// with http://127.0.0.1:0. Returns once the daemon has printed its ready line. Throws std::runtime_error
    /// with its log when it ends instead or takes longer than `limit`, and std::system_error.
    explicit Daemon(const std::filesystem::path& folder, const std::vector<std::string>& settings = {},
                    const Variables& variables = {});

    /// Kills it, if it still runs.
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// As its ready line names it.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] pid_t process() const noexcept { return process_; }

    void signal(int number) const;

    /// Waits for its end and gives its status as `$?` in a shell. Throws std::runtime_error with its log when
    /// that takes longer than `limit`.
    int wait();

    /// SIGKILL; returns when it is gone.
    void kill();

    /// What it has written to stderr so far.
    [[nodiscard]] std::string log() const;

  private:
    void start(const std::filesystem::path& folder, const std::vector<std::string>& settings,
               const Variables& variables);
    void read_ready_line(int ready_pipe);
    int reap();

    std::filesystem::path log_file_;
    pid_t process_ = -1;  ///< -1: gone
    std::uint16_t port_ = 0;
};

}  // namespace gateway::test
