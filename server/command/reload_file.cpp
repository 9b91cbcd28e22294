#include "server/command/reload_file.hpp"

#include "storage/values/private_file.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace gateway::command {

namespace {

namespace json = boost::json;

// Far more than all keys together.
constexpr std::size_t largest_text = 65'536;

std::filesystem::path path_beside(const std::filesystem::path& database) {
    auto path = std::filesystem::weakly_canonical(database);
    path += ".reload";
    return path;
}

[[noreturn]] void fail(const std::filesystem::path& path) {
    throw std::system_error(errno, std::generic_category(), path.string());
}

/// Of the process, not of the open file: who asks is told who holds it.
struct flock whole_file() {
    struct flock range {};

    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return range;
}

std::string to_text(const ReloadOutcome& outcome) {
    const json::object object{{"number", outcome.number},
                              {"changed", json::value_from(outcome.changed)},
                              {"needs_restart", json::value_from(outcome.needs_restart)},
                              {"error", outcome.error}};
    return json::serialize(object) + "\n";
}

/// Nothing of a text that is not whole.
std::optional<ReloadOutcome> parse(const std::string& text) {
    try {
        const auto object = json::parse(text).as_object();
        return ReloadOutcome{object.at("number").to_number<std::uint64_t>(),
                             json::value_to<std::vector<std::string>>(object.at("changed")),
                             json::value_to<std::vector<std::string>>(object.at("needs_restart")),
                             json::value_to<std::string>(object.at("error"))};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace

ReloadFile::ReloadFile(const std::filesystem::path& database)
    : path_(path_beside(database)), file_(storage::open_private_file(path_)) {
    auto range = whole_file();
    if (::fcntl(file_.get(), F_SETLK, &range) != 0) fail(path_);
    write({});
}

ReloadFile::~ReloadFile() {
    ::unlink(path_.c_str());
}

void ReloadFile::write(const ReloadOutcome& outcome) const {
    const auto text = to_text(outcome);
    const auto size = static_cast<ssize_t>(text.size());
    const bool done =
        ::pwrite(file_.get(), text.data(), text.size(), 0) == size && ::ftruncate(file_.get(), size) == 0;
    if (!done) fail(path_);
}

std::optional<ServingDaemon> find_daemon(const std::filesystem::path& database) {
    const auto path = path_beside(database);
    const storage::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    auto range = whole_file();
    if (!file.is_open() || ::fcntl(file.get(), F_GETLK, &range) != 0) fail(path);
    if (range.l_type == F_UNLCK) return std::nullopt;  // left by one that was killed
    std::string text(largest_text, '\0');
    const auto count = ::pread(file.get(), text.data(), text.size(), 0);
    if (count < 0) fail(path);
    text.resize(static_cast<std::size_t>(count));
    return ServingDaemon{range.l_pid, parse(text)};
}

}  // namespace gateway::command
