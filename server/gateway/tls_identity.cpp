#include "server/gateway/tls_identity.hpp"

#include "storage/values/error.hpp"
#include "storage/values/file_descriptor.hpp"
#include "storage/values/private_file.hpp"
#include "storage/values/thread_name.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gateway {

namespace ssl = boost::asio::ssl;

namespace {

// Many times what a chain needs; a larger file is something else.
constexpr std::size_t largest_file = 1'048'576;

// RFC 7301: what is spoken over the connection, each name with its length before it.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

[[noreturn]] void fail(const std::string_view setting, const std::filesystem::path& file,
                       const std::string& what) {
    throw std::runtime_error(std::string(setting) + ": " + file.string() + ": " + what);
}

/// A PEM file under the name of its setting.
struct PemFile {
    std::string_view setting;
    const std::filesystem::path& path;
    bool is_private;
};

std::string read(const PemFile& file) {
    const auto fail_with_errno = [&file] {
        fail(file.setting, file.path, std::generic_category().message(errno));
    };
    // Not to wait for a pipe.
    const storage::FileDescriptor descriptor(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));

    struct stat status {};

    if (!descriptor.is_open() || ::fstat(descriptor.get(), &status) != 0) fail_with_errno();
    const auto fault = file.is_private ? storage::fault_of_private_file(status) : std::string();
    if (!fault.empty()) fail(file.setting, file.path, fault);
    if (!S_ISREG(status.st_mode)) fail(file.setting, file.path, "is not a plain file");
    std::string text(largest_file + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(descriptor.get(), text.data() + size, text.size() - size);
        if (count < 0) fail_with_errno();
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > largest_file) fail(file.setting, file.path, "is too large for a PEM file");
    text.resize(size);
    return text;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    const unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, http_1_1.data(), http_1_1.size(), offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(ssl::context& context) {
    SSL_CTX* const rules = context.native_handle();
    SSL_CTX_set_min_proto_version(rules, TLS1_2_VERSION);
    SSL_CTX_set_options(rules, SSL_OP_NO_RENEGOTIATION);
    // A silent connection gives its buffers back, and what resumes one is with the client (tickets).
    SSL_CTX_set_mode(rules, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(rules, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(rules, choose_protocol, nullptr);
    // Or OpenSSL would ask for a passphrase on the terminal.
    context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
}

/// What tells a file from the one that it replaced; of one that cannot be examined: that.
std::string mark_of(const std::filesystem::path& file) {
    struct stat status {};

    if (::stat(file.c_str(), &status) != 0) return "-";
    std::string mark;
    for (const auto number :
         {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
          static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mode),
          static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
        mark += std::to_string(number) + " ";
    return mark;
}

std::string mark_of(const TlsFiles& files) {
    return mark_of(files.certificate) + "| " + mark_of(files.key);
}

}  // namespace

std::shared_ptr<ssl::context> make_tls_context(const TlsFiles& files) {
    const PemFile certificate{"server.tls_certificate", files.certificate, false};
    const PemFile key{"server.tls_key", files.key, true};
    const auto chain_text = read(certificate);
    auto key_text = read(key);

    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    set_rules(*context);
    boost::system::error_code error;
    context->use_certificate_chain(boost::asio::buffer(chain_text), error);
    if (error) fail(certificate.setting, certificate.path, "no certificate in PEM: " + error.message());
    context->use_private_key(boost::asio::buffer(key_text), ssl::context::pem, error);
    OPENSSL_cleanse(key_text.data(), key_text.size());
    if (error)
        fail(key.setting, key.path,
             "no key in PEM of the certificate in " + certificate.path.string() + ": " + error.message());
    return context;
}

TlsIdentity::TlsIdentity(const TlsFiles& files, Log& log, const std::chrono::milliseconds period)
    : log_(log), period_(period) {
    replace(files);
    thread_ = std::thread([this] {
        name_this_thread("tls-files");
        run();
    });
}

TlsIdentity::~TlsIdentity() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    ending_changed_.notify_all();
    thread_.join();
}

std::shared_ptr<ssl::context> TlsIdentity::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

void TlsIdentity::replace(const TlsFiles& files) {
    const std::lock_guard looking(looking_);
    take(files, mark_of(files));
}

/// The files were marked before they are read: what changes meanwhile is seen by the next look.
void TlsIdentity::take(const TlsFiles& files, const std::string& mark) {
    auto context = make_tls_context(files);
    files_ = files;
    taken_ = mark;
    complaint_.clear();
    const std::lock_guard lock(mutex_);
    context_ = std::move(context);
}

void TlsIdentity::run() {
    std::unique_lock lock(mutex_);
    while (!ending_changed_.wait_for(lock, period_, [this] { return ending_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void TlsIdentity::look() {
    const std::lock_guard looking(looking_);
    const auto mark = mark_of(files_);
    if (mark == taken_) return complaint_.clear();
    try {
        take(files_, mark);
        log_.info("renewed certificate taken up", {{"certificate", files_.certificate.string()}});
    } catch (const std::exception& error) {
        if (complaint_ == error.what()) return;
        complaint_ = error.what();
        log_.error("renewed certificate not taken up: the former one goes on", {{"reason", complaint_}});
    }
}

}  // namespace gateway
