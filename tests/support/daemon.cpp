#include "tests/support/daemon.hpp"

#include "tests/support/paths.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace gateway::test {

namespace {

[[noreturn]] void fail_with_errno(const char* const what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A file descriptor that closes itself.
class Descriptor {
  public:
    Descriptor(const int number, const char* const what) : number_(number) {
        if (number_ < 0) fail_with_errno(what);
    }

    ~Descriptor() { ::close(number_); }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const noexcept { return number_; }

  private:
    int number_;
};

/// Texts as the exec functions want them.
class ArgumentList {
  public:
    void add(std::string text) { texts_.push_back(std::move(text)); }

    /// Valid until the next add().
    char* const* get() {
        pointers_.clear();
        for (auto& text : texts_)
            pointers_.push_back(text.data());
        pointers_.push_back(nullptr);
        return pointers_.data();
    }

  private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

ArgumentList arguments_for(const std::vector<std::string>& settings) {
    ArgumentList arguments;
    arguments.add(binary());
    arguments.add("serve");
    const auto says_where = [](const std::string& setting) { return setting.starts_with("server.listen="); };
    if (std::ranges::none_of(settings, says_where)) {
        arguments.add("--set");
        arguments.add("server.port=0");
    }
    for (const auto& setting : settings) {
        arguments.add("--set");
        arguments.add(setting);
    }
    return arguments;
}

/// That of the test, without the settings of whoever runs it, and what is added.
ArgumentList environment(const Daemon::Variables& added) {
    ArgumentList variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (!std::string_view(*variable).starts_with("SESSION_GATEWAY_")) variables.add(*variable);
    }
    for (const auto& [name, value] : added)
        variables.add(name + "=" + value);
    return variables;
}

/// Becomes the daemon. Between fork and exec of a process with threads: system calls only.
[[noreturn]] void become_daemon(const pid_t parent, const int out, const int err, const char* const folder,
                                char* const* const arguments, char* const* const variables) {
    constexpr int could_not_start = 127;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(could_not_start);  // it died before the line above
    if (::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(err, STDERR_FILENO) >= 0 && ::chdir(folder) == 0)
        ::execve(arguments[0], arguments, variables);
    ::_exit(could_not_start);
}

bool readable_by(const int descriptor, const std::chrono::steady_clock::time_point deadline) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    return left.count() > 0 && ::poll(&entry, 1, static_cast<int>(left.count())) == 1;
}

}  // namespace

Daemon::Daemon(const std::filesystem::path& folder, const std::vector<std::string>& settings,
               const Variables& variables)
    : log_file_(folder / "serve.log") {
    try {
        start(folder, settings, variables);
    } catch (...) {
        kill();
        throw;
    }
}

Daemon::~Daemon() {
    kill();
}

void Daemon::start(const std::filesystem::path& folder, const std::vector<std::string>& settings,
                   const Variables& variables) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_with_errno("pipe2");
    const Descriptor ready(ends[0], "pipe2");
    {
        const Descriptor out(ends[1], "pipe2");
        const Descriptor err(
            ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600), "open");
        auto arguments = arguments_for(settings);
        auto environment_list = environment(variables);
        char* const* const argument_list = arguments.get();
        char* const* const variable_list = environment_list.get();
        const pid_t parent = ::getpid();
        process_ = ::fork();
        if (process_ < 0) fail_with_errno("fork");
        if (process_ == 0)
            become_daemon(parent, out.get(), err.get(), folder.c_str(), argument_list, variable_list);
    }
    read_ready_line(ready.get());
}

void Daemon::read_ready_line(const int ready_pipe) {
    constexpr std::string_view prefix = "session-gateway listening on http://127.0.0.1:";
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string line;
    while (!line.ends_with('\n')) {
        if (!readable_by(ready_pipe, deadline)) throw std::runtime_error("serve got not ready: " + log());
        std::array<char, 256> bytes{};
        const auto count = ::read(ready_pipe, bytes.data(), bytes.size());
        if (count <= 0) throw std::runtime_error("serve ended instead of getting ready: " + log());
        line.append(bytes.data(), static_cast<std::size_t>(count));
    }
    const auto* const digits = line.data() + prefix.size();
    const auto* const end = line.data() + line.size() - 1;
    if (!line.starts_with(prefix) || std::from_chars(digits, end, port_).ptr != end)
        throw std::runtime_error("an unexpected ready line: " + line);
}

void Daemon::signal(const int number) const {
    if (::kill(process_, number) != 0) fail_with_errno("kill");
}

int Daemon::wait() {
    // Not pidfd_open(): the header of glibc 2.36 declares it without C linkage.
    const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)), "pidfd_open");
    if (readable_by(handle.get(), std::chrono::steady_clock::now() + limit)) return reap();
    throw std::runtime_error("serve does not end: " + log());
}

void Daemon::kill() {
    if (process_ < 0) return;
    ::kill(process_, SIGKILL);
    reap();
}

int Daemon::reap() {
    constexpr int signal_base = 128;
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

std::string Daemon::log() const {
    std::ifstream file(log_file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace gateway::test
