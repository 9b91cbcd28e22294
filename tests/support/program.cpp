#include "tests/support/program.hpp"

#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace gateway::test {

namespace fs = std::filesystem;

namespace {

/// For functions that return what others leave in errno.
void require(const int error, const std::string& what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The three streams of the child as files: nothing can fill up or keep somebody waiting.
struct Streams {
    TemporaryFolder folder;
    fs::path in = folder.path() / "in";
    fs::path out = folder.path() / "out";
    fs::path err = folder.path() / "err";
};

/// What the child does before it becomes the program.
class FileActions {
  public:
    FileActions(const Streams& streams, const Launch& launch) {
        require(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
        open(STDIN_FILENO, streams.in, O_RDONLY);
        open(STDOUT_FILENO, streams.out, O_WRONLY | O_CREAT);
        open(STDERR_FILENO, streams.err, O_WRONLY | O_CREAT);
        for (const int descriptor : launch.closed)
            require(posix_spawn_file_actions_addclose(&actions_, descriptor), "close");
        if (!launch.folder.empty())
            require(posix_spawn_file_actions_addchdir_np(&actions_, launch.folder.c_str()), "chdir");
    }

    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    void open(const int descriptor, const fs::path& path, const int flags) {
        constexpr mode_t owner_only = 0600;
        require(posix_spawn_file_actions_addopen(&actions_, descriptor, path.c_str(), flags, owner_only),
                "open");
    }

    posix_spawn_file_actions_t actions_{};
};

std::vector<std::string> environment_of(const Launch& launch) {
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!std::string_view(*variable).starts_with("SESSION_GATEWAY_")) environment.emplace_back(*variable);
    }
    for (const auto& [name, value] : launch.environment)
        environment.emplace_back(name).append("=").append(value);
    return environment;
}

/// As the exec functions want it; valid as long as `texts` is.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

pid_t spawn(const Launch& launch, const Streams& streams) {
    const FileActions actions(streams, launch);
    const auto program = launch.program.empty() ? binary().string() : launch.program;
    std::vector<std::string> arguments{program};
    arguments.insert(arguments.end(), launch.arguments.begin(), launch.arguments.end());
    auto environment = environment_of(launch);
    pid_t child = 0;
    require(posix_spawnp(&child, program.c_str(), actions.get(), nullptr, pointers_to(arguments).data(),
                         pointers_to(environment).data()),
            program);
    return child;
}

/// Whether the child ended within the limit.
bool ends_within(const pid_t child, const std::chrono::milliseconds limit) {
    // Not pidfd_open(): the header of glibc 2.36 declares it without C linkage.
    const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    pollfd handle{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (handle.fd < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
    const int ready = poll(&handle, 1, static_cast<int>(limit.count()));
    close(handle.fd);
    return ready == 1;
}

int status_of(const pid_t child) {
    constexpr int signal_base = 128;
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace

Outcome run_program(const Launch& launch) {
    using Clock = std::chrono::steady_clock;
    const Streams streams;
    write_file(streams.in, launch.input);
    const pid_t child = spawn(launch, streams);
    const auto limit = launch.time_limit;
    if (!launch.stop_at.empty()) {
        constexpr std::chrono::milliseconds pause{10};
        const auto end = Clock::now() + limit;
        while (Clock::now() < end && !ends_within(child, pause) &&
               (read_file(streams.out) + read_file(streams.err)).find(launch.stop_at) == std::string::npos) {
        }
        kill(child, SIGTERM);  // not reaped yet: the number is still its own
    }
    const bool in_time = ends_within(child, limit);
    if (!in_time) kill(child, SIGKILL);
    Outcome outcome{status_of(child), read_file(streams.out), read_file(streams.err)};
    if (!in_time) throw std::runtime_error("the program did not end in time: " + outcome.out + outcome.err);
    return outcome;
}

}  // namespace gateway::test
