#include "server/log/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gateway {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

Timestamp noon() {
    return Timestamp{1742040000000ms};
}

/// Where the message of a text line of level info begins, and its fields if the message is one character.
constexpr std::size_t message_at = 31;
constexpr std::size_t fields_at = 33;

constexpr LogSettings text_of_all{.level = LogLevel::trace, .format = LogFormat::text};
constexpr LogSettings json_of_all{.level = LogLevel::trace, .format = LogFormat::json};

/// A temporary file that is gone with the test.
class LogFile {
  public:
    LogFile()
        : path_((fs::temp_directory_path() / "log_test_XXXXXX").string()), file_(::mkstemp(path_.data())) {
        BOOST_REQUIRE(file_ >= 0);
    }

    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    ~LogFile() {
        ::close(file_);
        fs::remove(path_);
    }

    [[nodiscard]] int file() const { return file_; }

    [[nodiscard]] std::string content() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        std::ifstream file(path_);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);)
            lines.push_back(line);
        return lines;
    }

  private:
    std::string path_;
    int file_;
};

/// A pipe whose reading end the test holds.
class Pipe {
  public:
    Pipe() {
        BOOST_REQUIRE(::pipe(ends_.data()) == 0);
        ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ~Pipe() {
        close_reader();
        close_writer();
    }

    [[nodiscard]] int writer() const { return ends_[1]; }

    /// Waits for the next bytes; empty at the end.
    [[nodiscard]] std::string read() const {
        std::string bytes(65536, '\0');
        const ssize_t count = ::read(ends_[0], bytes.data(), bytes.size());
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return bytes;
    }

    /// Waits for the writer to close.
    [[nodiscard]] std::string read_all() const {
        std::string all;
        for (std::string bytes = read(); !bytes.empty(); bytes = read())
            all += bytes;
        return all;
    }

    /// Puts as much into the pipe as it takes.
    void fill() const {
        ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
        while (::write(ends_[1], "x", 1) == 1) {
        }
        ::fcntl(ends_[1], F_SETFL, 0);
    }

    void close_reader() { close(ends_[0]); }

    void close_writer() { close(ends_[1]); }

  private:
    static void close(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }

    std::array<int, 2> ends_{-1, -1};
};

/// What a signal does for as long as this lives.
class SignalAction {
  public:
    SignalAction(const int signal, void (*const action)(int))
        : signal_(signal), former_(std::signal(signal, action)) {}

    SignalAction(const SignalAction&) = delete;
    SignalAction& operator=(const SignalAction&) = delete;

    ~SignalAction() { std::signal(signal_, former_); }

  private:
    int signal_;
    void (*former_)(int);
};

/// The one line that `write` makes, without its end.
template <class Write>
std::string line_of(const LogSettings& settings, const Write& write) {
    const LogFile file;
    {
        Log log(settings, noon, {.file = file.file()});
        write(log);
    }
    const auto lines = file.lines();
    BOOST_REQUIRE_EQUAL(lines.size(), 1U);
    return lines.front();
}

std::string text_of(const std::string_view message, const LogFields fields = {}) {
    return line_of(text_of_all, [&](Log& log) { log.info(message, fields); });
}

boost::json::object json_of(const std::string_view message, const LogFields fields = {}) {
    const std::string line = line_of(json_of_all, [&](Log& log) { log.info(message, fields); });
    return boost::json::parse(line).as_object();
}

std::string string_at(const boost::json::object& object, const std::string_view key) {
    return std::string(object.at(key).as_string());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_text_line_is_time_level_message_and_fields) {
    BOOST_TEST(text_of("message", {{"key", "value"}, {"other", "quoted value"}}) ==
               "2025-03-15T12:00:00.000Z info  message key=value other=\"quoted value\"");
}

BOOST_AUTO_TEST_CASE(a_json_line_is_time_level_message_and_fields) {
    const std::string line = line_of(json_of_all, [](Log& log) {
        log.warning("a message", {{"key", "value"}, {"status", 201}});
    });
    BOOST_TEST(line == R"({"time":"2025-03-15T12:00:00.000Z","level":"warning","message":"a message",)"
                       R"("key":"value","status":201})");
}

BOOST_AUTO_TEST_CASE(every_kind_of_value_is_written_as_what_it_is) {
    const std::string owned = "owned";
    const std::optional<std::string_view> absent;
    const std::optional<int> present = 7;
    const LogFields fields{{"literal", "l"},        {"owned", owned},       {"yes", true},
                           {"no", false},           {"negative", -5},       {"smallest", INT64_MIN},
                           {"largest", UINT64_MAX}, {"size", owned.size()}, {"duration_ms", 1234567us},
                           {"short_ms", 999ns},     {"early_ms", -1500us},  {"long_ms", 2h},
                           {"absent", absent},      {"present", present}};
    BOOST_TEST(text_of("m", fields).substr(fields_at) ==
               "literal=l owned=owned yes=true no=false negative=-5 smallest=-9223372036854775808 "
               "largest=18446744073709551615 size=5 duration_ms=1234.567 short_ms=0.000 early_ms=-1.500 "
               "long_ms=7200000.000 present=7");
    const auto object = json_of("m", fields);
    BOOST_TEST(object.at("yes").as_bool());
    BOOST_TEST(object.at("smallest").as_int64() == INT64_MIN);
    BOOST_TEST(object.at("largest").as_uint64() == UINT64_MAX);
    BOOST_TEST(object.at("duration_ms").as_double() == 1234.567);
    BOOST_TEST(!object.contains("absent"));
}

BOOST_AUTO_TEST_CASE(text_that_could_be_mistaken_is_quoted) {
    BOOST_TEST(
        text_of("m", {{"a", ""}, {"b", "x=y"}, {"c", "say \"hi\""}, {"d", "back\\slash"}, {"e", "/v2/x?y"}})
            .substr(fields_at) == R"(a="" b="x=y" c="say \"hi\"" d="back\\slash" e=/v2/x?y)");
}

BOOST_AUTO_TEST_CASE(what_a_client_sends_never_starts_a_line_or_leaves_its_field) {
    const std::string_view hostile =
        "x\r\n2025-03-15T12:00:00.000Z error forged key=\"v\"\t\x1b[31m\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae";
    BOOST_TEST(
        text_of("m", {{"agent", hostile}}).substr(fields_at) ==
        R"(agent="x\r\n2025-03-15T12:00:00.000Z error forged key=\"v\"\t\u001b[31m\u007f\u009b\u2028\u202e")");
    BOOST_TEST(text_of(hostile).substr(message_at) ==
               R"(x\r\n2025-03-15T12:00:00.000Z error forged key="v"\t\u001b[31m\u007f\u009b\u2028\u202e)");
    const auto object = json_of(hostile, {{"agent", hostile}});
    BOOST_TEST(string_at(object, "message") == hostile);
    BOOST_TEST(string_at(object, "agent") == hostile);
}

BOOST_AUTO_TEST_CASE(every_control_character_is_escaped) {
    for (char control = 0; control < 0x20; ++control) {
        const std::string text(1, control);
        const std::string line = line_of(json_of_all, [&](Log& log) { log.info(text); });
        BOOST_TEST(line.find(control) == std::string::npos);
        BOOST_TEST(string_at(boost::json::parse(line).as_object(), "message") == text);
    }
}

BOOST_AUTO_TEST_CASE(valid_utf8_is_kept) {
    const std::string_view text = "\u00e4\u20ac\u65e5\U0001f600\U0010ffff";
    BOOST_TEST(string_at(json_of(text), "message") == text);
    BOOST_TEST(text_of(text).substr(message_at) == text);
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_replaced_and_takes_nothing_with_it) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a\xff"
         "b",
         "a\ufffdb"},
        {"a\x80", "a\ufffd"},
        {"\xc3\"", "\ufffd\""},
        {"\xe2\x82", "\ufffd\ufffd"},
        {"\xe2\x82\n", "\ufffd\ufffd\n"},
        {"\xc0\xaf", "\ufffd\ufffd"},
        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
        {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
        {"\xf0\x9f\x98", "\ufffd\ufffd\ufffd"},
    };
    for (const auto& [bytes, expected] : cases)
        BOOST_TEST(string_at(json_of(bytes), "message") == expected);
}

BOOST_AUTO_TEST_CASE(each_level_has_its_word) {
    const LogFile file;
    {
        Log log(text_of_all, noon, {.file = file.file()});
        log.trace("m");
        log.debug("m");
        log.info("m");
        log.warning("m");
        log.error("m");
    }
    std::vector<std::string> words;
    for (const std::string& line : file.lines())
        words.push_back(line.substr(25));
    const std::vector<std::string> expected{"trace m", "debug m", "info  m", "warning m", "error m"};
    BOOST_TEST(words == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_below_the_level_are_not_written) {
    const LogFile file;
    {
        Log log({.level = LogLevel::warning, .format = LogFormat::text}, noon, {.file = file.file()});
        BOOST_TEST(!log.enabled(LogLevel::info));
        BOOST_TEST(log.enabled(LogLevel::warning));
        log.info("no");
        log.write(LogLevel::debug, "no");
        log.warning("yes");
        log.write(LogLevel::error, "yes");
    }
    BOOST_TEST(file.lines().size() == 2U);
    BOOST_TEST(file.content().find("no") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_automatic_format_is_json_where_there_is_no_terminal) {
    BOOST_TEST(line_of({.level = LogLevel::info, .format = LogFormat::automatic}, [](Log& log) {
                   log.info("m");
               }).starts_with('{'));
}

BOOST_AUTO_TEST_CASE(the_automatic_format_is_text_on_a_terminal) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    BOOST_REQUIRE(terminal >= 0);
    BOOST_REQUIRE(::grantpt(terminal) == 0);
    BOOST_REQUIRE(::unlockpt(terminal) == 0);
    const int screen = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
    BOOST_REQUIRE(screen >= 0);
    { Log({.level = LogLevel::info, .format = LogFormat::automatic}, noon, {.file = screen}).info("m"); }
    std::array<char, 100> seen{};
    const ssize_t count = ::read(terminal, seen.data(), seen.size());
    BOOST_TEST(std::string_view(seen.data(), static_cast<std::size_t>(count)) ==
               "2025-03-15T12:00:00.000Z info  m\r\n");
    ::close(screen);
    ::close(terminal);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_are_whole_and_each_threads_in_order) {
    constexpr int threads = 4;
    constexpr int each = 5000;
    const LogFile file;
    {
        Log log(json_of_all, noon, {.file = file.file()});
        std::vector<std::jthread> writers;
        writers.reserve(threads);
        for (int writer = 0; writer < threads; ++writer)
            writers.emplace_back([&log, writer] {
                for (int number = 0; number < each; ++number)
                    log.info("line", {{"writer", writer}, {"number", number}});
            });
    }
    std::array<std::int64_t, threads> next{};
    for (const std::string& line : file.lines()) {
        const auto object = boost::json::parse(line).as_object();
        auto& expected = next.at(static_cast<std::size_t>(object.at("writer").as_int64()));
        BOOST_REQUIRE_EQUAL(object.at("number").as_int64(), expected++);
    }
    for (const std::int64_t count : next)
        BOOST_TEST(count == each);
}

BOOST_AUTO_TEST_CASE(lines_are_written_without_a_further_one) {
    const Pipe pipe;
    Log log(text_of_all, noon, {.file = pipe.writer()});
    log.info("one");
    BOOST_TEST(pipe.read().ends_with("one\n"));
    log.warning("two");
    BOOST_TEST(pipe.read().ends_with("two\n"));
    log.info("three");
    BOOST_TEST(pipe.read().ends_with("three\n"));
}

BOOST_AUTO_TEST_CASE(what_a_pipe_takes_in_pieces_arrives_whole) {
    Pipe pipe;
    auto read = std::async(std::launch::async, [&pipe] { return pipe.read_all(); });
    const std::string longer_than_a_pipe(10'000, 'y');
    {
        Log log(text_of_all, noon, {.file = pipe.writer()});
        for (int number = 0; number < 2000; ++number)
            log.info("line", {{"number", number}});
        log.info(longer_than_a_pipe);
    }
    pipe.close_writer();
    const std::string all = read.get();
    BOOST_TEST(std::ranges::count(all, '\n') == 2001);
    BOOST_TEST(all.ends_with(longer_than_a_pipe + '\n'));
}

BOOST_AUTO_TEST_CASE(a_socket_is_written_to_like_a_pipe) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    { Log(text_of_all, noon, {.file = ends[1]}).info("m"); }
    std::array<char, 100> seen{};
    BOOST_TEST(::read(ends[0], seen.data(), seen.size()) == 33);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(what_finds_the_queue_full_is_counted_and_told_when_there_is_room) {
    Pipe pipe;
    pipe.fill();
    auto log = std::make_unique<Log>(json_of_all, noon,
                                     LogOutput{.file = pipe.writer(), .queue = 1000, .patience = 1h});
    for (int number = 0; number < 1000; ++number)
        log->info("a line of about a hundred bytes, of which the queue takes no more than ten");
    // The thread that writes may have taken some more out of the queue, and stands at the pipe now.
    const std::uint64_t dropped = log->dropped();
    BOOST_TEST(dropped > 900U);

    auto read = std::async(std::launch::async, [&pipe] { return pipe.read_all(); });
    log.reset();
    pipe.close_writer();
    const std::string all = read.get();
    std::istringstream lines(all.substr(all.find('{')));
    std::uint64_t written = 0;
    std::uint64_t told = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto object = boost::json::parse(line).as_object();
        if (string_at(object, "message") == "log lines dropped")
            told += object.at("count").to_number<std::uint64_t>();
        else
            ++written;
    }
    BOOST_TEST(told == dropped);
    BOOST_TEST(written == 1000 - dropped);
}

BOOST_AUTO_TEST_CASE(a_line_that_the_queue_never_holds_is_counted_and_told) {
    const LogFile file;
    {
        Log log(text_of_all, noon, {.file = file.file(), .queue = 1000});
        log.info(std::string(1000, 'l'));
        BOOST_TEST(log.dropped() == 1U);
    }
    const std::vector<std::string> expected{"2025-03-15T12:00:00.000Z warning log lines dropped count=1"};
    BOOST_TEST(file.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(drops_are_told_once) {
    const Pipe pipe;
    Log log(text_of_all, noon, {.file = pipe.writer(), .queue = 1000});
    log.error(std::string(1000, 'l'));
    BOOST_TEST(pipe.read().ends_with("log lines dropped count=1\n"));
    log.info("next");
    BOOST_TEST(pipe.read() == "2025-03-15T12:00:00.000Z info  next\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_nothing_does_not_hold_up_the_end) {
    const Pipe pipe;
    pipe.fill();
    Log log(text_of_all, noon, {.file = pipe.writer(), .patience = 0ms});
    log.error("lost");
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_gone_costs_lines_and_nothing_else) {
    // Not ignored: the log must not raise it in the first place.
    const SignalAction raised(SIGPIPE, SIG_DFL);
    Pipe pipe;
    Log log(text_of_all, noon, {.file = pipe.writer()});
    log.error("read");
    BOOST_TEST(pipe.read().ends_with("read\n"));
    pipe.close_reader();
    log.error("lost");
    while (log.dropped() == 0)
        std::this_thread::yield();
    log.error("lost too");
}

BOOST_AUTO_TEST_CASE(a_closed_output_costs_lines_and_nothing_else) {
    constexpr int never_opened = 1'000'000;
    Log log(text_of_all, noon, {.file = never_opened});
    log.error("lost");
    while (log.dropped() == 0)
        std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(after_a_full_disk_a_line_starts_afresh) {
    const LogFile file;
    // The limit on the size of files stands in for the disk's end, in the middle of a line.
    rlimit former{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &former) == 0);
    const SignalAction ignored(SIGXFSZ, SIG_IGN);
    const rlimit full{.rlim_cur = 40, .rlim_max = former.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    {
        Log log(text_of_all, noon, {.file = file.file()});
        log.error("this one is torn");
        while (log.dropped() == 0)
            std::this_thread::yield();
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &former) == 0);
        log.error("next");
    }
    const std::vector<std::string> expected{"2025-03-15T12:00:00.000Z error this one ",
                                            "2025-03-15T12:00:00.000Z error next",
                                            "2025-03-15T12:00:00.000Z warning log lines dropped count=1"};
    BOOST_TEST(file.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
