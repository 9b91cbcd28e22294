// A socket that clients connect to.
#pragma once

#include "server/settings/listen_address.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace gateway {

/// Listens from its making on. The file of a Unix socket may be used by its owner and group (0660); one that
/// a dead process left is replaced, and this one's is removed at the end.
class Listener {
  public:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    /// Throws std::runtime_error, a line that names the address, when it cannot be had: also where a file
    /// that is no socket, or a socket that somebody listens on, is in the place of a Unix socket.
    Listener(boost::asio::io_context& context, const ListenAddress& address);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Where it listens, with the real port.
    [[nodiscard]] const ListenAddress& address() const noexcept { return address_; }

    /// Never blocks.
    [[nodiscard]] Acceptor& acceptor() noexcept { return acceptor_; }

    /// For a rest after a failure.
    [[nodiscard]] boost::asio::steady_timer& pause() noexcept { return pause_; }

    /// Accepts no more.
    void close();

  private:
    void bind();
    void bind_to(const std::filesystem::path& path);
    [[noreturn]] void fail(const std::string& reason);
    void remove_file() noexcept;

    ListenAddress address_;
    Acceptor acceptor_;
    boost::asio::steady_timer pause_;
    dev_t device_ = 0;  ///< with the inode: which file is this one's
    ino_t inode_ = 0;
};

}  // namespace gateway
