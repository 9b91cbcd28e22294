#include "server/gateway/listener.hpp"

#include "storage/values/file_descriptor.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr mode_t socket_mode = 0660;

/// Whether a process answers there. A socket that this one may not try out counts as such.
bool is_alive(const std::filesystem::path& path) {
    const storage::FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const asio::local::stream_protocol::endpoint endpoint(path.native());
    const int outcome = ::connect(probe.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
    return outcome == 0 || (errno != ECONNREFUSED && errno != ENOENT);
}

/// Makes room for a socket of ours; throws where something is there that is not to be removed.
void remove_left_over(const std::filesystem::path& path) {
    struct stat status {};

    if (::lstat(path.c_str(), &status) != 0) return;  // whatever else is wrong, bind() tells
    if (!S_ISSOCK(status.st_mode)) throw std::runtime_error("a file that is no socket is there");
    if (is_alive(path)) throw std::runtime_error("another process listens there");
    ::unlink(path.c_str());
}

tcp::endpoint to_tcp(const asio::generic::stream_protocol::endpoint& endpoint) {
    tcp::endpoint result;
    std::memcpy(result.data(), endpoint.data(), endpoint.size());
    result.resize(endpoint.size());
    return result;
}

}  // namespace

Listener::Listener(asio::io_context& context, const ListenAddress& address)
    : address_(address), acceptor_(context), pause_(context) {
    try {
        bind();
    } catch (const boost::system::system_error& error) {
        fail(error.code().message());
    } catch (const std::exception& error) {
        fail(error.what());
    }
}

Listener::~Listener() {
    remove_file();
}

void Listener::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);  // NOLINT(bugprone-unused-return-value): it accepts no more either way
    pause_.cancel();
}

void Listener::bind() {
    if (auto* const endpoint = std::get_if<tcp::endpoint>(&address_.place)) {
        acceptor_.open(endpoint->protocol());
        acceptor_.set_option(Acceptor::reuse_address(true));
        acceptor_.bind(*endpoint);
        *endpoint = to_tcp(acceptor_.local_endpoint());
    } else {
        bind_to(std::get<std::filesystem::path>(address_.place));
    }
    acceptor_.listen();
    acceptor_.non_blocking(true);
}

void Listener::fail(const std::string& reason) {
    remove_file();
    throw std::runtime_error("cannot listen on " + to_string(address_) + ": " + reason +
                             "; choose another server.address or server.port, or another of server.listen");
}

/// Nobody can connect between the making of the file and listen().
void Listener::bind_to(const std::filesystem::path& path) {
    remove_left_over(path);
    const asio::local::stream_protocol::endpoint endpoint(path.native());
    acceptor_.open(endpoint.protocol());
    acceptor_.bind(endpoint);

    struct stat status {};

    const bool done = ::chmod(path.c_str(), socket_mode) == 0 && ::lstat(path.c_str(), &status) == 0;
    if (!done) throw std::system_error(errno, std::generic_category());
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

/// Unless somebody has put another in its place.
void Listener::remove_file() noexcept {
    const auto* const path = std::get_if<std::filesystem::path>(&address_.place);

    struct stat status {};

    if (path == nullptr || inode_ == 0 || ::lstat(path->c_str(), &status) != 0) return;
    if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path->c_str());
}

}  // namespace gateway
