#include "storage/secrets/sealing.hpp"

#include "storage/secrets/keyring.hpp"
#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string_view text) {
    return {text.begin(), text.end()};
}

std::string from_hex(const std::string_view digits) {
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(at, 2)), nullptr, 16));
    return bytes;
}

SealingKey key_of(const std::string_view raw) {
    const auto bytes = bytes_of(raw);
    return SealingKey{std::span<const std::uint8_t, SealingKey::size>{bytes}};
}

RandomSource giving(std::string script) {
    return [script = std::move(script)](const std::span<std::uint8_t> bytes) {
        BOOST_REQUIRE_EQUAL(bytes.size(), script.size());
        std::ranges::copy(script, bytes.begin());
    };
}

/// A folder of the test's own, gone with it.
class KeyFolder {
  public:
    KeyFolder() {
        std::string name = (fs::temp_directory_path() / "sealing_test_XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }

    KeyFolder(const KeyFolder&) = delete;
    KeyFolder& operator=(const KeyFolder&) = delete;

    ~KeyFolder() { fs::remove_all(folder_); }

    [[nodiscard]] const fs::path& folder() const { return folder_; }

    [[nodiscard]] fs::path path() const { return folder_ / "gateway.key"; }

    [[nodiscard]] std::string content() const {
        std::ifstream file(path());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void write(const std::string& content,
               const fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) const {
        std::ofstream(path()) << content;
        fs::permissions(path(), mode);
    }

    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder_}, {}));
    }

  private:
    fs::path folder_;
};

/// Why the key file is refused.
std::string refusal(const fs::path& path) {
    try {
        const Keyring keyring{path};
    } catch (const KeyFileError& error) {
        return error.what();
    }
    return "it was accepted";
}

bool contains(const std::string_view text, const std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string line_of(const SealingKey& key) {
    return key.id() + ' ' + base64url_encode(key.bytes()) + '\n';
}

SealingKeyPtr new_key() {
    return std::make_shared<const SealingKey>(SealingKey::generate(system_random));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealing_test)

BOOST_AUTO_TEST_CASE(sha256_gives_the_digests_of_its_standard) {
    BOOST_TEST(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    BOOST_TEST(sha256_hex(std::string(1'000'000, 'a')) ==
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(hex_is_lower_case) {
    BOOST_TEST(hex_encode({}).empty());
    BOOST_TEST(hex_encode(bytes_of(std::string_view{"\x00\x0f\xa0\xff", 4})) == "000fa0ff");
}

BOOST_AUTO_TEST_CASE(base64url_is_that_of_rfc_4648_without_padding) {
    const std::vector<std::pair<std::string, std::string>> vectors{
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
    };
    for (const auto& [plain, encoded] : vectors) {
        BOOST_TEST(base64url_encode(bytes_of(plain)) == encoded);
        const auto decoded = base64url_decode(encoded);
        BOOST_REQUIRE(decoded.has_value());
        BOOST_TEST(*decoded == bytes_of(plain));
    }
}

BOOST_AUTO_TEST_CASE(base64url_reads_nothing_but_what_it_writes) {
    for (const char* text :
         {"Zg==", "Zg=", "Z", "Zm9vY", "Zm9v\n", " Zm9v", "+//+", "Zh", "Zm9", "Zm\xc3\xa4"})
        BOOST_TEST(!base64url_decode(text).has_value(), "decoded: " << text);
}

BOOST_AUTO_TEST_CASE(a_seal_is_aes_256_gcm_with_the_documented_layout) {
    // Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
    const SealingKey key =
        key_of(from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
    const std::string nonce = "cafebabefacedbaddecaf888";
    const std::string plaintext = from_hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    const std::string context = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const std::string ciphertext =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
    const std::string tag = "76fc6ece0f4e1768cddf8853bb2d551b";

    const Bytes sealed = key.seal(plaintext, context, giving(from_hex(nonce)));
    BOOST_TEST(hex_encode(sealed) == "01" + nonce + ciphertext + tag);
    BOOST_TEST((key.open(sealed, context) == plaintext));
}

BOOST_AUTO_TEST_CASE(what_was_sealed_opens_whatever_its_length) {
    const SealingKey key = SealingKey::generate(system_random);
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 100U, 65536U}) {
        const std::string plaintext(size, 'x');
        const Bytes sealed = key.seal(plaintext, "web_1", system_random);
        BOOST_TEST(sealed.size() == size + 29);
        BOOST_TEST((key.open(sealed, "web_1") == plaintext));
    }
    BOOST_CHECK_THROW(auto sealed = key.seal(std::string(65537, 'x'), "web_1", system_random),
                      std::length_error);
}

BOOST_AUTO_TEST_CASE(a_seal_with_any_bit_changed_does_not_open) {
    const SealingKey key = SealingKey::generate(system_random);
    const Bytes sealed = key.seal("verification token", "web_1", system_random);
    for (std::size_t bit = 1; bit < sealed.size() * 8; ++bit) {  // the first one is the note
        Bytes altered = sealed;
        altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ 1U << bit % 8);
        BOOST_TEST(!key.open(altered, "web_1"));
    }
}

BOOST_AUTO_TEST_CASE(a_seal_cut_short_or_made_longer_does_not_open) {
    const SealingKey key = SealingKey::generate(system_random);
    const Bytes sealed = key.seal("token", "web_1", system_random);
    for (std::size_t size = 0; size < sealed.size(); ++size)
        BOOST_TEST(!key.open(std::span{sealed}.first(size), "web_1"));
    for (const std::size_t more : {1U, 70000U}) {
        Bytes longer = sealed;
        longer.resize(sealed.size() + more);
        BOOST_TEST(!key.open(longer, "web_1"));
    }
}

BOOST_AUTO_TEST_CASE(a_seal_opens_in_its_own_context_only) {
    const SealingKey key = SealingKey::generate(system_random);
    const Bytes sealed = key.seal("token", "web_1", system_random);
    BOOST_TEST(!key.open(sealed, "web_2"));
    BOOST_TEST(!key.open(sealed, ""));
}

BOOST_AUTO_TEST_CASE(a_seal_opens_with_its_own_key_only) {
    const Bytes sealed = SealingKey::generate(system_random).seal("token", "web_1", system_random);
    BOOST_TEST(!SealingKey::generate(system_random).open(sealed, "web_1"));
}

BOOST_AUTO_TEST_CASE(a_note_of_whether_it_opens_changes_nothing_else) {
    const SealingKey key = SealingKey::generate(system_random);
    Bytes sealed = key.seal("token", "web_1", system_random);
    const Bytes before = sealed;
    BOOST_TEST(!note_opening(sealed, true));
    BOOST_TEST(note_opening(sealed, false));
    BOOST_TEST(sealed[0] == 0);
    BOOST_TEST((key.open(sealed, "web_1") == "token"));
    BOOST_TEST(!note_opening(sealed, false));
    BOOST_TEST(note_opening(sealed, true));
    BOOST_TEST((sealed == before));
    Bytes nonsense{7, 1};
    BOOST_TEST((!note_opening(nonsense, false) && nonsense == Bytes{7, 1}));
    BOOST_TEST(!note_opening({}, false));
}

BOOST_AUTO_TEST_CASE(sealing_twice_gives_two_nonces) {
    const SealingKey key = SealingKey::generate(system_random);
    std::set<Bytes> nonces;
    for (int round = 0; round < 100; ++round) {
        const Bytes sealed = key.seal("token", "web_1", system_random);
        nonces.insert({sealed.begin() + 1, sealed.begin() + 13});
    }
    BOOST_TEST(nonces.size() == 100U);
}

BOOST_AUTO_TEST_CASE(a_keys_id_follows_from_the_key) {
    const SealingKey zeros = key_of(std::string(32, '\0'));
    BOOST_TEST(zeros.id() ==
               "key_" + sha256_hex("session-gateway sealing key\n" + std::string(32, '\0')).substr(0, 16));
    BOOST_TEST(zeros.id() != key_of(std::string(32, '\1')).id());
}

BOOST_AUTO_TEST_CASE(a_new_key_file_is_private_and_holds_one_key) {
    const KeyFolder folder;
    const Keyring keyring = Keyring::create(folder.path(), system_random);
    BOOST_REQUIRE(keyring.keys().size() == 1);
    const SealingKey& key = *keyring.keys().front();
    BOOST_TEST(static_cast<unsigned>(fs::status(folder.path()).permissions()) == 0600U);
    BOOST_TEST(folder.content().starts_with("# "));
    BOOST_TEST(folder.content().ends_with('\n' + line_of(key)));
    BOOST_TEST(folder.files() == 1U);

    Keyring again{folder.path()};
    BOOST_REQUIRE(again.find(key.id()));
    BOOST_TEST((again.find(key.id())->open(key.seal("token", "web_1", system_random), "web_1") == "token"));
}

BOOST_AUTO_TEST_CASE(making_a_key_file_leaves_one_that_is_there_alone) {
    const KeyFolder folder;
    folder.write("mine");
    BOOST_CHECK_EXCEPTION(Keyring::create(folder.path(), system_random), KeyFileError,
                          [](const auto& error) { return contains(error.what(), "File exists"); });
    BOOST_TEST(folder.content() == "mine");
    BOOST_TEST(folder.files() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_of_a_key_file_is_no_obstacle) {
    const KeyFolder folder;
    std::ofstream(folder.path().string() + ".new") << "half a key fi";
    BOOST_CHECK_NO_THROW(Keyring::create(folder.path(), system_random));
    BOOST_TEST(folder.files() == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_file_that_cannot_be_made_is_an_error) {
    const KeyFolder folder;
    BOOST_CHECK_EXCEPTION(
        Keyring::create(folder.folder() / "missing" / "gateway.key", system_random), KeyFileError,
        [](const auto& error) { return contains(error.what(), "No such file or directory"); });
}

BOOST_AUTO_TEST_CASE(a_missing_key_file_is_named) {
    const KeyFolder folder;
    BOOST_TEST(
        refusal(folder.path()) ==
        "key file " + folder.path().string() +
            ": is not there; put back the one that belongs to this database (its path is the setting "
            "secrets.key_file), or where that is lost, `session-gateway secrets reset` makes a new one");
}

BOOST_AUTO_TEST_CASE(a_key_file_open_to_others_is_refused) {
    const KeyFolder folder;
    const std::string content = line_of(*new_key());
    for (const unsigned mode : {0604U, 0644U, 0606U, 0601U}) {
        folder.write(content, static_cast<fs::perms>(mode));
        BOOST_TEST(contains(refusal(folder.path()), "too open"));
    }
    BOOST_TEST(contains(refusal(folder.path()), "its permissions 0601 are too open"));
    folder.write(content, fs::perms::owner_read);
    BOOST_TEST(refusal(folder.path()) == "it was accepted");
}

BOOST_AUTO_TEST_CASE(anything_but_a_plain_small_file_is_refused) {
    const KeyFolder folder;
    BOOST_TEST(contains(refusal(folder.folder()), "is not a plain file"));
    BOOST_REQUIRE(::mkfifo(folder.path().c_str(), 0600) == 0);
    BOOST_TEST(contains(refusal(folder.path()), "is not a plain file"));
    fs::remove(folder.path());
    folder.write(std::string(65537, '#'));
    BOOST_TEST(contains(refusal(folder.path()), "is too large"));
}

BOOST_AUTO_TEST_CASE(a_malformed_line_is_named_and_not_shown) {
    const KeyFolder folder;
    const SealingKeyPtr key = new_key();
    const std::string encoded = base64url_encode(key->bytes());
    const std::vector<std::string> lines{
        encoded,
        key->id(),
        key->id() + "  " + encoded,
        key->id() + ' ' + encoded + '=',
        key->id() + ' ' + encoded + " more",
        key->id() + ' ' + encoded.substr(1),
        new_key()->id() + ' ' + encoded,
        "key_0000000000000000 " + encoded,
        ' ' + key->id() + ' ' + encoded,
    };
    for (const std::string& line : lines) {
        folder.write("# a comment\n\n" + line_of(*key) + line + '\n');
        const std::string message = refusal(folder.path());
        BOOST_TEST(contains(message, "line 4 is not a key"), message << " for " << line);
        BOOST_TEST(!contains(message, encoded.substr(1)));
    }
}

BOOST_AUTO_TEST_CASE(comments_empty_lines_and_line_ends_of_other_systems_are_read_over) {
    const KeyFolder folder;
    const SealingKeyPtr key = new_key();
    std::string line = line_of(*key);
    line.insert(line.size() - 1, "\r");
    folder.write("# one\r\n\n#two\n" + line + "# last");
    BOOST_TEST(refusal(folder.path()) == "it was accepted");
    folder.write(line.substr(0, line.size() - 2));
    BOOST_TEST(refusal(folder.path()) == "it was accepted");
}

BOOST_AUTO_TEST_CASE(a_key_file_without_a_key_is_refused) {
    const KeyFolder folder;
    for (const char* content : {"", "\n", "# nothing here\n"}) {
        folder.write(content);
        BOOST_TEST(contains(refusal(folder.path()), "holds no key"));
    }
}

BOOST_AUTO_TEST_CASE(a_key_that_another_process_added_is_found) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    const SealingKeyPtr former = keyring.keys().front();
    const SealingKeyPtr added = new_key();
    BOOST_TEST(!keyring.find(added->id()));

    Keyring{folder.path()}.replace({former, added});
    BOOST_REQUIRE(keyring.find(added->id()));
    BOOST_TEST(
        (keyring.find(added->id())->open(added->seal("token", "web_1", system_random), "web_1") == "token"));
    BOOST_TEST(keyring.keys().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_key_in_use_outlives_its_place_in_the_file) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    const SealingKeyPtr former = keyring.find(keyring.keys().front()->id());
    const Bytes sealed = former->seal("token", "web_1", system_random);
    keyring.replace({new_key()});
    BOOST_TEST(!keyring.find(former->id()));
    BOOST_TEST((former->open(sealed, "web_1") == "token"));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_nowhere_is_named_with_its_file) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    BOOST_TEST(keyring.get(keyring.keys().front()->id()));
    BOOST_CHECK_EXCEPTION(keyring.get("key_0123456789abcdef"), KeyFileError, [&](const auto& error) {
        return contains(error.what(), folder.path().string()) &&
               contains(error.what(), "key_0123456789abcdef");
    });
}

BOOST_AUTO_TEST_CASE(a_remembered_key_needs_no_file) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    fs::remove(folder.path());
    BOOST_TEST(keyring.find(keyring.keys().front()->id()));
    BOOST_CHECK_THROW(keyring.find("key_0123456789abcdef"), KeyFileError);
}

BOOST_AUTO_TEST_CASE(replacing_the_keys_leaves_exactly_these_in_a_private_file) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    const SealingKeyPtr former = keyring.keys().front();
    const SealingKeyPtr next = new_key();
    keyring.replace({former, next});
    BOOST_TEST(folder.content().ends_with('\n' + line_of(*former) + line_of(*next)));
    keyring.replace({next});
    BOOST_TEST(folder.content().ends_with('\n' + line_of(*next)));
    BOOST_TEST(!contains(folder.content(), former->id()));
    BOOST_TEST(refusal(folder.path()) == "it was accepted");
    BOOST_TEST(folder.files() == 1U);
    BOOST_CHECK_THROW(keyring.replace({}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(replacing_the_keys_behind_a_link_replaces_what_it_points_to) {
    const KeyFolder folder;
    Keyring::create(folder.path(), system_random);
    const fs::path link = folder.folder() / "link.key";
    fs::create_symlink(folder.path(), link);
    const SealingKeyPtr next = new_key();
    Keyring{link}.replace({next});
    BOOST_TEST(fs::is_symlink(link));
    BOOST_TEST(folder.content().ends_with('\n' + line_of(*next)));
}

BOOST_AUTO_TEST_CASE(a_key_file_may_be_open_to_the_group_of_the_process) {
    const KeyFolder folder;
    const std::string content = line_of(*new_key());
    for (const unsigned mode : {0440U, 0640U, 0660U}) {
        folder.write(content, static_cast<fs::perms>(mode));
        BOOST_TEST(refusal(folder.path()) == "it was accepted");
        fs::remove(folder.path());
    }
}

BOOST_AUTO_TEST_CASE(a_key_file_open_to_another_group_is_refused,
                     *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    const KeyFolder folder;
    folder.write(line_of(*new_key()), static_cast<fs::perms>(0440U));
    constexpr gid_t group = 12345;
    BOOST_REQUIRE(::chown(folder.path().c_str(), 0, group) == 0);
    BOOST_TEST(contains(refusal(folder.path()), "its permissions 0440 are too open"));

    std::vector<gid_t> former(static_cast<std::size_t>(::getgroups(0, nullptr)));
    BOOST_REQUIRE(::getgroups(static_cast<int>(former.size()), former.data()) >= 0);
    BOOST_REQUIRE(::setgroups(1, &group) == 0);
    const auto message = refusal(folder.path());
    BOOST_REQUIRE(::setgroups(former.size(), former.data()) == 0);
    BOOST_TEST(message == "it was accepted");
}

BOOST_AUTO_TEST_CASE(a_key_file_keeps_its_permissions) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    fs::permissions(folder.path(), static_cast<fs::perms>(0640U));
    keyring.replace({new_key()});
    BOOST_TEST(static_cast<unsigned>(fs::status(folder.path()).permissions()) == 0640U);
}

BOOST_AUTO_TEST_CASE(a_key_file_keeps_its_owner,
                     *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    BOOST_REQUIRE(::chown(folder.path().c_str(), 12345, 12345) == 0);
    keyring.replace({new_key()});

    struct stat status {};

    BOOST_REQUIRE(::stat(folder.path().c_str(), &status) == 0);
    BOOST_TEST(status.st_uid == 12345U);
    BOOST_TEST(status.st_gid == 12345U);
}

BOOST_AUTO_TEST_CASE(a_failed_replacement_leaves_the_former_keys) {
    const KeyFolder folder;
    Keyring keyring = Keyring::create(folder.path(), system_random);
    const SealingKeyPtr former = keyring.keys().front();
    // A folder that is not empty stands where the draft would be made.
    fs::create_directories(folder.path().string() + ".new/full");
    BOOST_CHECK_THROW(keyring.replace({new_key()}), KeyFileError);
    BOOST_TEST(folder.content().ends_with('\n' + line_of(*former)));
    BOOST_TEST(keyring.keys().front() == former);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
