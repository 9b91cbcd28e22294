#include "tests/support/tls_server.hpp"

#include <fstream>

namespace gateway::test {

namespace {

/// In one step, as programs that renew certificates do.
void replace(const std::filesystem::path& file, const std::string& text) {
    auto fresh = file;
    fresh += ".new";
    std::ofstream(fresh, std::ios::binary) << text;
    std::filesystem::permissions(fresh,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::rename(fresh, file);
}

}  // namespace

void IdentityFiles::write_certificate(const std::string& pem) const {
    replace(certificate(), pem);
}

void IdentityFiles::write_key(const std::string& pem) const {
    replace(key(), pem);
}

Settings with_tls(const IdentityFiles& files, Settings settings) {
    settings.server.listen = {"http://127.0.0.1:0", "https://127.0.0.1:0"};
    settings.server.tls_certificate = files.certificate();
    settings.server.tls_key = files.key();
    return settings;
}

}  // namespace gateway::test
