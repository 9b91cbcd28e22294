#include "server/log.hpp"

#include <boost/locale/utf.hpp>
#include <climits>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
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
/// Enough for the line of a request, so that it is formatted with one allocation.
constexpr std::size_t usual_line = 512;

spdlog::level::level_enum spdlog_level(const LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::string_view to_string(const LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return "trace";
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

/// For each byte whether it is written as it is wherever text stands: ASCII without controls, quotes and
/// backslash.
constexpr auto plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = ' '; byte <= '~'; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

bool is_plain(const char character) {
    return plain_bytes[static_cast<unsigned char>(character)];
}

/// Control characters, line separators, and those that change the direction of the text around them.
bool is_control(const boost::locale::utf::code_point point) {
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

void append_unicode_escape(std::string& line, const boost::locale::utf::code_point point) {
    constexpr std::string_view digits = "0123456789abcdef";
    line += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        line += digits[point >> shift & 15];
}

enum class Quotes { escaped, kept };

/// Appends the character that `text` begins with, escaped as in a JSON string, and returns what follows it.
std::string_view append_special(std::string& line, const std::string_view text, const Quotes quotes) {
    switch (text.front()) {
        case '"':
            line += quotes == Quotes::escaped ? "\\\"" : "\"";
            return text.substr(1);
        case '\\':
            line += "\\\\";
            return text.substr(1);
        case '\n':
            line += "\\n";
            return text.substr(1);
        case '\r':
            line += "\\r";
            return text.substr(1);
        case '\t':
            line += "\\t";
            return text.substr(1);
        default:
            break;
    }
    const char* end = text.data();
    const auto point = boost::locale::utf::utf_traits<char>::decode(end, text.data() + text.size());
    if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
        line += "\ufffd";
        return text.substr(1);
    }
    const auto length = static_cast<std::size_t>(end - text.data());
    if (is_control(point))
        append_unicode_escape(line, point);
    else
        line += text.substr(0, length);
    return text.substr(length);
}

void append_escaped(std::string& line, std::string_view text, const Quotes quotes) {
    while (!text.empty()) {
        const auto special = std::ranges::find_if_not(text, is_plain);
        line.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (!text.empty()) text = append_special(line, text, quotes);
    }
}

void append_quoted(std::string& line, const std::string_view text) {
    line += '"';
    append_escaped(line, text, Quotes::escaped);
    line += '"';
}

void append_number(std::string& line, const std::integral auto number) {
    std::array<char, 24> digits{};
    line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_milliseconds(std::string& line, const std::chrono::microseconds duration) {
    const auto count = duration.count();
    if (count < 0) line += '-';
    const std::uint64_t magnitude =
        count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    append_number(line, magnitude / 1000);
    line += '.';
    for (std::uint64_t unit = 100; unit > 0; unit /= 10)
        line += static_cast<char>('0' + magnitude / unit % 10);
}

/// Text that a reader could mistake for the end of its field, or for nothing, is quoted.
bool needs_quotes(const std::string_view text) {
    return text.empty() || !std::ranges::all_of(text, [](const char character) {
               return is_plain(character) && character != ' ' && character != '=';
           });
}

/// Appends the value of a field; text as the format wants it.
struct AppendValue {
    std::string& line;
    LogFormat format;

    void operator()(std::monostate) const {}

    void operator()(const std::string_view text) const {
        if (format == LogFormat::json || needs_quotes(text))
            append_quoted(line, text);
        else
            line += text;
    }

    void operator()(const bool truth) const { line += truth ? "true" : "false"; }

    void operator()(const std::integral auto number) const { append_number(line, number); }

    void operator()(const std::chrono::microseconds duration) const { append_milliseconds(line, duration); }
};

bool is_present(const LogField& field) {
    return !std::holds_alternative<std::monostate>(field.value.get());
}

void append_text(std::string& line, const Timestamp time, const LogLevel level,
                 const std::string_view message, const LogFields fields) {
    constexpr std::size_t level_width = 5;
    const std::string_view name = to_string(level);
    line.append(format_timestamp(time)).append(1, ' ').append(name);
    line.append(level_width - std::min(name.size(), level_width) + 1, ' ');
    append_escaped(line, message, Quotes::kept);
    for (const LogField& field : fields) {
        if (!is_present(field)) continue;
        line.append(1, ' ').append(field.key).append(1, '=');
        std::visit(AppendValue{line, LogFormat::text}, field.value.get());
    }
}

void append_json(std::string& line, const Timestamp time, const LogLevel level,
                 const std::string_view message, const LogFields fields) {
    line.append(R"({"time":")").append(format_timestamp(time));
    line.append(R"(","level":")").append(to_string(level)).append(R"(","message":)");
    append_quoted(line, message);
    for (const LogField& field : fields) {
        if (!is_present(field)) continue;
        line.append(R"(,")").append(field.key).append(R"(":)");
        std::visit(AppendValue{line, LogFormat::json}, field.value.get());
    }
    line += '}';
}

std::string format_line(const LogFormat format, const Timestamp time, const LogLevel level,
                        const std::string_view message, const LogFields fields) {
    std::string line;
    line.reserve(usual_line);
    if (format == LogFormat::json)
        append_json(line, time, level, message, fields);
    else
        append_text(line, time, level, message, fields);
    line += '\n';
    return line;
}

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

/// spdlog's own queue wakes its thread for each line. Here lines gather in a bounded buffer, and the thread
/// that writes them is woken for the first one and for a full batch: at high rates a wake-up serves hundreds
/// of lines.
class Log::Sink final : public spdlog::sinks::base_sink<std::mutex> {
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
        thread_ = std::thread([this] { run(); });
    }

    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    ~Sink() override {
        {
            const std::lock_guard lock(mutex_);
            give_up_at_ = steady_clock::now() + patience_;
        }
        wake_.notify_one();
        thread_.join();
    }

    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    void drain() {
        std::unique_lock lock(mutex_);
        urgent_ = true;
        wake_.notify_one();
        written_.wait_for(lock, patience_, [this] { return pending_.empty() && !writing_; });
    }

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::size_t before = pending_.size();
        if (message.payload.size() > limit_ - before) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        pending_.append(message.payload.data(), message.payload.size());
        const bool fills_batch = before < batch_size_ && pending_.size() >= batch_size_;
        if (fills_batch) urgent_ = true;
        if (before == 0 || fills_batch) wake_.notify_one();
    }

    void flush_() override {
        urgent_ = true;
        wake_.notify_one();
    }

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

    // Under mutex_, the base's, which also holds it around sink_it_() and flush_().
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
    : level_(settings.level),
      format_(format_for(settings.format, output.file)),
      clock_(std::move(clock)),
      sink_(std::make_shared<Sink>(
          output,
          [format = format_, clock = clock_](const std::uint64_t count) {
              return format_line(format, clock(), LogLevel::warning, "log lines dropped", {{"count", count}});
          })),
      logger_(std::make_unique<spdlog::logger>("session-gateway", sink_)) {
    logger_->set_level(spdlog_level(level_));
    logger_->flush_on(spdlog::level::warn);
}

Log::~Log() = default;

void Log::write_enabled(const LogLevel level, const std::string_view message, const LogFields fields) {
    const Timestamp now = clock_();
    logger_->log(now, spdlog::source_loc{}, spdlog_level(level),
                 format_line(format_, now, level, message, fields));
}

std::uint64_t Log::dropped() const noexcept {
    return sink_->dropped();
}

void Log::drain() {
    sink_->drain();
}

}  // namespace gateway
