#include "server/gateway/tls_identity.hpp"

#include "tests/support/command_folder.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

namespace gateway {

namespace {

/// Looks when it is told to.
struct Watched {
    test::IdentityFiles files;
    test::TemporaryFolder folder;
    std::unique_ptr<std::FILE, decltype(&std::fclose)> output{
        std::fopen((folder.path() / "log").c_str(), "w"), std::fclose};
    std::optional<Log> log{std::in_place, LogSettings{}, system_now, LogOutput{.file = fileno(output.get())}};
    std::optional<TlsIdentity> identity{std::in_place, tls_files(), *log, std::chrono::hours(1)};

    [[nodiscard]] TlsFiles tls_files() const { return {files.certificate(), files.key()}; }

    [[nodiscard]] std::string certificate() const {
        const auto context = identity->context();
        return test::to_pem(SSL_CTX_get0_certificate(context->native_handle()));
    }

    std::string end_and_read_log() {
        identity.reset();
        log.reset();
        return test::content_of(folder.path() / "log");
    }
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

std::string fault_of(const TlsFiles& files) {
    try {
        make_tls_context(files);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_identity_test)

BOOST_FIXTURE_TEST_CASE(files_that_did_not_change_leave_what_is_there, Watched) {
    const auto before = identity->context();
    identity->look();
    BOOST_TEST((identity->context() == before));
    BOOST_TEST(end_and_read_log().empty());
}

BOOST_FIXTURE_TEST_CASE(renewed_files_are_taken_up_whole, Watched) {
    const auto renewed = files.issue();
    const auto before = identity->context();
    files.write(renewed);
    identity->look();
    BOOST_TEST((identity->context() != before));
    BOOST_TEST(certificate() == renewed.certificate);
    BOOST_TEST(count(end_and_read_log(), "renewed certificate taken up") == 1U);
}

BOOST_FIXTURE_TEST_CASE(two_that_do_not_belong_together_change_nothing_and_are_tried_again, Watched) {
    const auto renewed = files.issue();
    files.write_certificate(renewed.certificate);
    for (int i = 0; i < 3; ++i)
        identity->look();
    BOOST_TEST(certificate() == files.identity().certificate);
    files.write_key(renewed.key);
    identity->look();
    BOOST_TEST(certificate() == renewed.certificate);
    const auto lines = end_and_read_log();
    BOOST_TEST(count(lines, "not taken up") == 1U, lines);
    BOOST_TEST(count(lines, "renewed certificate taken up") == 1U, lines);
}

BOOST_FIXTURE_TEST_CASE(files_that_go_and_come_back_as_they_were_are_nothing_new, Watched) {
    const auto aside = files.key().string() + ".aside";
    std::filesystem::rename(files.key(), aside);
    identity->look();
    BOOST_TEST(certificate() == files.identity().certificate);
    std::filesystem::rename(aside, files.key());
    identity->look();
    BOOST_TEST(count(end_and_read_log(), "\n") == 1U);
}

BOOST_FIXTURE_TEST_CASE(others_are_taken_when_they_are_named, Watched) {
    const test::IdentityFiles others;
    identity->replace({others.certificate(), others.key()});
    BOOST_TEST(certificate() == others.identity().certificate);
    BOOST_CHECK_THROW(identity->replace({files.certificate(), others.key()}), std::runtime_error);
    BOOST_TEST(certificate() == others.identity().certificate);
    identity->look();
    BOOST_TEST(certificate() == others.identity().certificate);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_used_is_named_with_its_setting_and_file, Watched) {
    const auto cert = files.certificate();
    const auto key = files.key();
    const auto other = folder.path() / "other";
    const auto fault = [&](const std::filesystem::path& first, const std::filesystem::path& second) {
        return fault_of({first, second});
    };
    BOOST_TEST(fault(other, key) ==
               "server.tls_certificate: " + other.string() + ": No such file or directory");
    BOOST_TEST(fault(cert, other) == "server.tls_key: " + other.string() + ": No such file or directory");
    BOOST_TEST(fault(folder.path(), key) ==
               "server.tls_certificate: " + folder.path().string() + ": is not a plain file");
    BOOST_TEST(
        fault(key, key).starts_with("server.tls_certificate: " + key.string() + ": no certificate in PEM"));
    std::ofstream(other) << "nothing";
    std::filesystem::permissions(other, std::filesystem::perms::owner_read);
    BOOST_TEST(
        fault(cert, other).starts_with("server.tls_key: " + other.string() + ": no key in PEM of the "));
    std::filesystem::resize_file(other, 2'000'000);
    BOOST_TEST(fault(other, key).ends_with("is too large for a PEM file"));
}

BOOST_FIXTURE_TEST_CASE(a_key_that_others_may_read_is_refused, Watched) {
    using std::filesystem::perms;
    BOOST_TEST(fault_of(tls_files()).empty());
    std::filesystem::permissions(files.key(), perms::others_read, std::filesystem::perm_options::add);
    BOOST_TEST(fault_of(tls_files()) ==
               "server.tls_key: " + files.key().string() +
                   ": its permissions 0604 are too open: only its owner and the group of this process may "
                   "have access (chmod 600)");
}

/// It is refused, and nobody is asked for a passphrase.
BOOST_FIXTURE_TEST_CASE(a_key_with_a_passphrase_is_refused, Watched) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> plain(
        BIO_new_mem_buf(files.identity().key.data(), static_cast<int>(files.identity().key.size())),
        BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(plain.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> sealed(BIO_new(BIO_s_mem()), BIO_free);
    std::string phrase = "secret";
    PEM_write_bio_PKCS8PrivateKey(sealed.get(), key.get(), EVP_aes_256_cbc(), phrase.data(),
                                  static_cast<int>(phrase.size()), nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(sealed.get(), &text);
    files.write_key({text, static_cast<std::size_t>(size)});
    BOOST_TEST(fault_of(tls_files()).find("no key in PEM of the certificate") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
