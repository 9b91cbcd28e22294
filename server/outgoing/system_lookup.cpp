#include "server/outgoing/system_lookup.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>

namespace gateway::outgoing {
namespace {

struct FreeAddrinfo {
    void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

using AddrinfoList = std::unique_ptr<addrinfo, FreeAddrinfo>;

// The zone of an IPv6 address is kept, for the policy to see it.
std::optional<asio::ip::address> to_address(const addrinfo& info) {
    if (info.ai_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, info.ai_addr, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (info.ai_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, info.ai_addr, sizeof v6);
        asio::ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return asio::ip::address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

std::string describe_lookup_error(const int code, const int system_error) {
    if (code == EAI_SYSTEM) return std::generic_category().message(system_error);
    return gai_strerror(code);
}

}  // namespace

OutgoingResult<Addresses> system_lookup(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;  // each address once, not once for each kind of socket
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    const int system_error = errno;
    const AddrinfoList list(found);
    if (code != 0) {
        return OutgoingError{OutgoingFailure::dns, host + ": " + describe_lookup_error(code, system_error)};
    }
    Addresses addresses;
    for (const addrinfo* info = list.get(); info != nullptr; info = info->ai_next) {
        if (const auto address = to_address(*info)) addresses.push_back(*address);
    }
    return addresses;
}

}  // namespace gateway::outgoing
