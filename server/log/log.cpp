#include "server/log/log.hpp"

#include "storage/values/thread_name.hpp"

#include <climits>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace gateway {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a line may wait for company.
constexpr milliseconds flush_interval{100};
/// What is worth waking the writing thread for before that.
constexpr std::size_t full_batch = std::size_t{64} * 1024;

LogFormat format_for(const LogFormat wanted, const int file) {
    if (wanted != LogFormat::automatic) return wanted;
    return ::isatty(file) == 1 ? LogFormat::text : LogFormat::json;
}

std::uint64_t lines_in(const std::string_view text) {
    return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

/// A file descriptor that may be anything: a file on a full disk, a pipe that nobody reads or that is closed,
/// a stopped terminal. One thread uses it.
class OutputFile {
  public:
    explicit OutputFile(const int file) : file_(file), takes_all_(is_plain_file(file)) {}

    /// Writes whole lines. Gives up at an error, and as soon as go_on() is false; it is asked before each
    /// piece, and ten times a second while the output takes nothing. Returns how many lines did not make it.
    template <class GoOn>
    std::uint64_t write(const std::string_view lines, const GoOn& go_on) {
        if (torn_ && !write_pieces("\n", go_on).empty()) return lines_in(lines);
        const std::string_view rest = write_pieces(lines, go_on);
        torn_ = !rest.empty() && rest.size() < lines.size() && lines[lines.size() - rest.size() - 1] != '\n';
        return lines_in(rest);
    }

  private:
    static bool is_plain_file(const int file) {
        struct stat status {};

        return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    }

    template <class GoOn>
    std::string_view write_pieces(std::string_view text, const GoOn& go_on) {
        while (!text.empty() && go_on()) {
            pollfd waited{.fd = file_, .events = POLLOUT, .revents = 0};
            if (::poll(&waited, 1, static_cast<int>(flush_interval.count())) == 0) continue;
            const ssize_t count = ::write(file_, text.data(), piece_size(text));
            if (count > 0)
                text.remove_prefix(static_cast<std::size_t>(count));
            else if (errno != EINTR && errno != EAGAIN)
                break;
        }
        return text;
    }

    /// What a pipe that poll() calls writable takes without blocking, and in one piece: whole lines, where
    /// they fit.
    [[nodiscard]] std::size_t piece_size(const std::string_view text) const {
        if (takes_all_ || text.size() <= PIPE_BUF) return text.size();
        const std::size_t end = text.rfind('\n', PIPE_BUF - 1);
        return end == std::string_view::npos ? PIPE_BUF : end + 1;
    }

    int file_;
    bool takes_all_;
    bool torn_ = false;  // the last line that was written is not complete
};

/// Makes the line that tells how many lines were dropped.
using DropReport = std::function<std::string(std::uint64_t count)>;

}  // namespace

/// Lines gather in a bounded buffer, and the thread that writes them is woken for the first one and for a
/// full batch: at high rates a wake-up serves hundreds of lines.
class Log::Sink {
  public:
    Sink(const LogOutput& output, DropReport report)
        : limit_(output.queue),
          batch_size_(std::min(full_batch, output.queue / 2)),
          patience_(output.patience),
          file_(output.file),
          report_(std::move(report)) {
        // Untouched pages cost nothing, and no line is copied again under the lock.
        pending_.reserve(limit_);
        batch_.reserve(limit_);
        thread_ = std::thread([this] {
            name_this_thread("log");
            run();
        });
    }

    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    ~Sink() {
        {
            const std::lock_guard lock(mutex_);
            give_up_at_ = steady_clock::now() + patience_;
        }
        wake_.notify_one();
        thread_.join();
    }

    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    /// An urgent line is written at once, with those before it.
    void add(const std::string_view line, const bool urgent) {
        const std::lock_guard lock(mutex_);
        const std::size_t before = pending_.size();
        const bool fits = line.size() <= limit_ - before;
        if (fits)
            pending_ += line;
        else
            dropped_.fetch_add(1, std::memory_order_relaxed);
        const bool fills_batch = before < batch_size_ && pending_.size() >= batch_size_;
        if (urgent || fills_batch) urgent_ = true;
        if (urgent || fills_batch || before == 0) wake_.notify_one();
    }

    void drain() {
        std::unique_lock lock(mutex_);
        urgent_ = true;
        wake_.notify_one();
        written_.wait_for(lock, patience_, [this] { return pending_.empty() && !writing_; });
    }

  private:
    void run() {
        block_signals();
        while (take_batch()) {
            write_batch();
            note_written();
        }
        write_batch();
    }

    void note_written() {
        {
            const std::lock_guard lock(mutex_);
            writing_ = false;
        }
        written_.notify_all();
    }

    /// The daemon's signals are for other threads; and a pipe that is closed is an error here, not a SIGPIPE.
    static void block_signals() {
        sigset_t all{};
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    }

    /// Waits for lines and takes all there are; false when they are the last.
    bool take_batch() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping() || urgent_ || !pending_.empty(); });
        wake_.wait_for(lock, flush_interval, [this] { return stopping() || urgent_; });
        urgent_ = false;
        writing_ = true;
        batch_.clear();
        batch_.swap(pending_);
        return !stopping();
    }

    void write_batch() {
        const auto go_on = [this] { return !out_of_patience(); };
        // Looked at before: drops that are counted later are those of later lines.
        const std::uint64_t dropped_before = dropped();
        const std::uint64_t lost = file_.write(batch_, go_on);
        dropped_.fetch_add(lost, std::memory_order_relaxed);
        if (lost > 0 || dropped_before == reported_) return;
        if (file_.write(report_(dropped_before - reported_), go_on) == 0) reported_ = dropped_before;
    }

    bool out_of_patience() {
        const std::lock_guard lock(mutex_);
        return stopping() && steady_clock::now() >= *give_up_at_;
    }

    [[nodiscard]] bool stopping() const { return give_up_at_.has_value(); }

    const std::size_t limit_;
    const std::size_t batch_size_;
    const milliseconds patience_;
    std::atomic<std::uint64_t> dropped_{0};

    // Under mutex_.
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable written_;
    std::string pending_;
    bool urgent_ = false;
    bool writing_ = false;
    std::optional<steady_clock::time_point> give_up_at_;

    // The writing thread's own.
    OutputFile file_;
    DropReport report_;
    std::string batch_;
    std::uint64_t reported_ = 0;
    std::thread thread_;
};

Log::Log(const LogSettings& settings, Clock clock, const LogOutput& output)
    : file_(output.file),
      level_(settings.level),
      format_(format_for(settings.format, output.file)),
      clock_(std::move(clock)),
      sink_(std::make_unique<Sink>(output, [this](const std::uint64_t count) {
          return format_line(format_, clock_(), LogLevel::warning, "log lines dropped", {{"count", count}});
      })) {}

Log::~Log() = default;

void Log::apply(const LogSettings& settings) noexcept {
    level_ = settings.level;
    format_ = format_for(settings.format, file_);
}

void Log::write_enabled(const LogLevel level, const std::string_view message, const LogFields fields) {
    sink_->add(format_line(format_, clock_(), level, message, fields), level >= LogLevel::warning);
}

std::uint64_t Log::dropped() const noexcept {
    return sink_->dropped();
}

void Log::drain() {
    sink_->drain();
}

}  // namespace gateway
