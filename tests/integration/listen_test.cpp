// The development receiver of `session-gateway listen`: the challenge of a real server, and deliveries that
// are signed here.

#include "server/command/development_receiver.hpp"
#include "storage/values/encoding.hpp"
#include "tests/support/command_folder.hpp"
#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <sstream>
#include <thread>

namespace gateway::test {

namespace json = boost::json;
using command::DevelopmentReceiver;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view secret = "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29r";  // "secret of the webhook"
constexpr std::string_view body =
    R"({"app_id":"54e9ujn","events":[{"id":"evt_1","type":"user.created","payload":{"user_id":"usr_1"}},)"
    R"({"id":"evt_2","type":"user.deleted","payload":{}}]})";

const unsigned char* bytes_of(const std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// An app's key, with its private half.
class SigningKey {
  public:
    explicit SigningKey(std::string id) : id_(std::move(id)) {}

    [[nodiscard]] json::object jwk() const {
        return {{"kty", "RSA"},
                {"use", "sig"},
                {"alg", "PS256"},
                {"kid", id_},
                {"n", number(OSSL_PKEY_PARAM_RSA_N)},
                {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
    }

    [[nodiscard]] Headers sign(const std::string_view text) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        EVP_PKEY_CTX* options = nullptr;
        EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key_.get());
        EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32);
        Bytes signature(256);
        auto size = signature.size();
        BOOST_TEST_REQUIRE(
            EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(text), text.size()) == 1);
        return {{"X-Webhook-Signature", "rsassa-pss-sha256=" + base64url_encode(signature)},
                {"X-Webhook-Signature-Key-Id", id_}};
    }

  private:
    [[nodiscard]] std::string number(const char* const name) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, bytes.data());
        BN_free(value);
        return base64url_encode(bytes);
    }

    std::string id_;
    std::shared_ptr<EVP_PKEY> key_{EVP_RSA_gen(2048), EVP_PKEY_free};
};

Headers sign_with_secret(const std::string_view text, const std::string& seconds) {
    const std::string key = "secret of the webhook";
    const auto signed_text = "msg_1." + seconds + "." + std::string(text);
    std::array<std::uint8_t, 32> digest{};
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(signed_text), signed_text.size(),
         digest.data(), nullptr);
    std::array<unsigned char, 45> encoded{};
    EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    const auto signature = "v1," + std::string(reinterpret_cast<const char*>(encoded.data()));
    return {{"webhook-id", "msg_1"},
            {"webhook-timestamp", seconds},
            {"webhook-signature", "v1,AAAA " + signature}};
}

Headers operator+(Headers left, const Headers& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// What the daemon serves as the app's keys.
class KeyServer {
  public:
    explicit KeyServer(const std::vector<json::object>& keys)
        : receiver_(answer(200, json::serialize(json::object{{"keys", json::value_from(keys)}}))) {}

    [[nodiscard]] std::string url() const { return receiver_.url(""); }

    [[nodiscard]] std::vector<ReceivedRequest> requests() const { return receiver_.requests(); }

  private:
    Receiver receiver_;
};

/// `listen` on a thread, until its output is asked for.
class Listening {
  public:
    explicit Listening(command::ReceiverOptions options)
        : receiver_(context_, std::move(options), out_, [] { return now; }),
          url_("http://127.0.0.1:" + std::to_string(receiver_.endpoint().port()) + "/hook"),
          thread_([this] { context_.run(); }) {}

    ~Listening() { output(); }

    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    [[nodiscard]] const std::string& url() const { return url_; }

    /// The status of the answer, or why there is none.
    std::string post(const std::string_view text, const Headers& headers = {}) {
        outgoing::OutgoingRequest request;
        request.verb = outgoing::http::verb::post;
        request.url = url_;
        request.headers = headers;
        request.body = text;
        const auto outcome = client_.send(std::move(request));
        return outcome ? std::to_string(outcome->status) : std::string(to_string(outcome.error().failure));
    }

    /// Ends it.
    std::string output() {
        if (thread_.joinable()) {
            boost::asio::post(context_, [this] { receiver_.stop(); });
            thread_.join();
        }
        return out_.str();
    }

    static constexpr Timestamp now{std::chrono::seconds(1'800'000'000)};

  private:
    OutgoingClient client_;
    std::ostringstream out_;
    boost::asio::io_context context_{1};
    DevelopmentReceiver receiver_;
    std::string url_;
    std::thread thread_;
};

struct WithKey {
    SigningKey key{"key_1"};
    KeyServer server{{key.jwk()}};

    [[nodiscard]] command::ReceiverOptions options() const {
        command::ReceiverOptions options;
        options.gateway = server.url();
        options.secret = command::read_webhook_secret(secret);
        return options;
    }

    [[nodiscard]] Headers signed_both(const std::string& seconds = "1800000000") const {
        return key.sign(body) + sign_with_secret(body, seconds);
    }
};

/// What activateWebhook answers for a webhook with this token at the receiver.
Answer activate(const Listening& listening, const std::string& token) {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    TestServer server(settings);
    const auto app = server.create_app();
    const auto path = "/v2/session/apps/" + app + "/webhooks";
    const auto key = server.create_token(app).text;
    const json::object webhook{
        {"url", listening.url()}, {"verification_token", token}, {"events", json::array()}};
    const auto created = server.request("POST", path, {key, json::serialize(webhook), {}});
    const auto id = std::string(created.webhook().at("id").as_string());
    return server.request("POST", path + "/" + id + "/activate", {key, {}, {}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listen_test)

BOOST_AUTO_TEST_CASE(a_daemon_activates_a_webhook_that_it_receives_for) {
    Listening listening({});
    BOOST_TEST(activate(listening, "any & all").webhook().at("active").as_bool());
    BOOST_TEST(holds(listening.output(), "challenge for app \""));
}

BOOST_AUTO_TEST_CASE(another_verification_token_than_its_own_is_refused) {
    command::ReceiverOptions options;
    options.verification_token = "correct horse";
    Listening listening(options);
    BOOST_TEST(activate(listening, "correct horse").status == 200);
    BOOST_TEST(activate(listening, "wrong horse").code() == "webhook_activation_failed");
    const auto output = listening.output();
    BOOST_TEST(holds(output, "refused: another verification token"), output);
    BOOST_TEST(!holds(output, "wrong horse"), output);
}

BOOST_FIXTURE_TEST_CASE(each_event_is_shown_with_both_signatures_verified, WithKey) {
    Listening listening(options());
    BOOST_TEST(listening.post(body, signed_both()) == "200");
    BOOST_TEST(listening.output() ==
               "2027-01-15T08:00:00.000Z  user.created  evt_1  RSASSA-PSS verified, Standard Webhooks "
               "verified, answered 200\n"
               "    {\"user_id\":\"usr_1\"}\n"
               "2027-01-15T08:00:00.000Z  user.deleted  evt_2  RSASSA-PSS verified, Standard Webhooks "
               "verified, answered 200\n"
               "    {}\n");
    BOOST_TEST_REQUIRE(server.requests().size() == 1U);
    BOOST_TEST(server.requests()[0].target == "/v2/session/apps/54e9ujn/.well-known/jwks.json");
}

BOOST_AUTO_TEST_CASE(what_is_not_given_is_said_to_be_not_verified) {
    Listening listening({});
    BOOST_TEST(listening.post(body) == "200");
    const auto output = listening.output();
    BOOST_TEST(holds(output,
                     "RSASSA-PSS not verified (no --gateway), "
                     "Standard Webhooks not verified (no --secret), answered 200"),
               output);
}

BOOST_FIXTURE_TEST_CASE(a_signature_that_is_not_good_is_told_and_answered_401, WithKey) {
    Listening listening(options());
    BOOST_TEST(listening.post(body, SigningKey("key_1").sign(body)) == "401");
    const auto changed = std::string(body) + " ";
    BOOST_TEST(listening.post(changed, signed_both()) == "401");
    BOOST_TEST(listening.post(body, signed_both("1799999699")) == "401");
    BOOST_TEST(listening.post(body, signed_both("1800000301")) == "401");
    BOOST_TEST(listening.post(body, signed_both("18e8")) == "401");
    BOOST_TEST(listening.post(body, signed_both("1799999700")) == "200");
    BOOST_TEST(listening.post(body, key.sign(body)) == "401");
    BOOST_TEST(listening.post(body, Headers{{"X-Webhook-Signature", "none"},
                                            {"X-Webhook-Signature-Key-Id", "key_1"}}) == "401");
    const auto output = listening.output();
    for (const auto* const part :
         {"RSASSA-PSS NOT VERIFIED (X-Webhook-Signature is not of this body by this key)",
          "RSASSA-PSS NOT VERIFIED (X-Webhook-Signature: found \"none\", expected ",
          "Standard Webhooks NOT VERIFIED (webhook-signature is not of this delivery with this secret)",
          "Standard Webhooks NOT VERIFIED (webhook-timestamp: \"1799999699\" is more than 5 minutes from now",
          "Standard Webhooks NOT VERIFIED (webhook-timestamp: \"1800000301\" is more than 5 minutes from now",
          "Standard Webhooks NOT VERIFIED (webhook-timestamp: found \"18e8\"",
          "Standard Webhooks NOT VERIFIED (webhook-id or webhook-signature is missing)"})
        BOOST_TEST(holds(output, part), part << " is not in " << output);
}

BOOST_FIXTURE_TEST_CASE(keys_are_fetched_once_and_again_for_an_unknown_one_after_a_second, WithKey) {
    Listening listening(options());
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(listening.post(body, signed_both()) == "200");
    BOOST_TEST(server.requests().size() == 1U);
    const SigningKey other("key_2");
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(listening.post(body, other.sign(body)) == "401");
    BOOST_TEST(server.requests().size() <= 2U);  // the machine may have slept a second in between
    const auto output = listening.output();
    BOOST_TEST(holds(output, "Key-Id: found \"key_2\", and no such key at http://127.0.0.1:"), output);
}

BOOST_AUTO_TEST_CASE(a_set_of_keys_that_cannot_be_had_is_told) {
    command::ReceiverOptions options;
    const ClosedPort nobody;
    options.gateway = nobody.url("");
    Listening listening(options);
    BOOST_TEST(listening.post(body, SigningKey("key_1").sign(body)) == "401");
    const auto output = listening.output();
    BOOST_TEST(holds(output, "/v2/session/apps/54e9ujn/.well-known/jwks.json: connect: "), output);
}

BOOST_FIXTURE_TEST_CASE(every_delivery_is_answered_as_told, WithKey) {
    auto with_answer = options();
    with_answer.answer = 503;
    Listening listening(with_answer);
    BOOST_TEST(listening.post(body, signed_both()) == "503");
    BOOST_TEST(holds(listening.output(), "Standard Webhooks verified, answered 503"));
}

BOOST_FIXTURE_TEST_CASE(deliveries_are_saved_as_they_came, WithKey) {
    const TemporaryFolder folder;
    auto saving = options();
    saving.save = folder.path();
    Listening listening(saving);
    const auto headers = signed_both();
    BOOST_TEST(listening.post(body, headers) == "200");
    BOOST_TEST(listening.post(R"({"events":[]})") == "401");
    listening.output();
    BOOST_TEST(content_of(folder.path() / "1.body") == body);
    std::string lines;
    for (const auto& [name, value] : headers)
        lines += name + ": " + value + "\n";
    BOOST_TEST(content_of(folder.path() / "1.headers") == lines);
    BOOST_TEST(content_of(folder.path() / "2.body") == R"({"events":[]})");
}

BOOST_AUTO_TEST_CASE(what_is_no_delivery_is_refused_in_one_harmless_line) {
    Listening listening({});
    BOOST_TEST(listening.post("") == "400");
    BOOST_TEST(listening.post("[]") == "400");
    BOOST_TEST(listening.post(R"({"events":["\u001b"]})") == "400");
    BOOST_TEST(listening.post(R"({"events":[{"type":"\u001b[2J\n"}]})") == "200");
    BOOST_TEST(listening.post(std::string(2'097'153, ' ')) == "400");
    const auto output = listening.output();
    BOOST_TEST(output.find('\x1b') == std::string::npos);
    BOOST_TEST(holds(output, "\\x1b[2J\\x0a"), output);
    BOOST_TEST(holds(output, "The request body is larger than 2097152 bytes."), output);
}

BOOST_AUTO_TEST_CASE(a_set_of_keys_is_read_strictly) {
    BOOST_TEST(command::read_key_set(R"({"keys":[{"kty":"EC","kid":"a"},7]})").empty());
    for (const auto* const text :
         {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[{"kty":"RSA","alg":"PS256","kid":"a"}]})",
          R"({"keys":[{"kty":"RSA","alg":"PS256","kid":"a","n":"AQAB","e":"AQAB"}]})"})
        BOOST_CHECK_THROW(command::read_key_set(text), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_secret_is_whsec_and_base64) {
    BOOST_TEST(command::read_webhook_secret(secret).has_value());
    for (const auto* const text :
         {"", "whsec_", "c2VjcmV0", "whsec_c2Vj_mV0", "whsec_c2VjcmV0Cg", "whsec_=="})
        BOOST_TEST(!command::read_webhook_secret(text), text);
}

BOOST_FIXTURE_TEST_CASE(the_command_says_where_it_receives_and_ends_at_a_signal, CommandFolder) {
    Launch launch{.arguments = {"listen", "--port", "0"}, .folder = path()};
    launch.stop_at = "\n";
    const auto outcome = run_program(launch);
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(only_line(outcome.out).starts_with("session-gateway receiving on http://127.0.0.1:"));
    BOOST_TEST(outcome.err.empty());
}

BOOST_FIXTURE_TEST_CASE(the_command_says_what_is_wrong_with_its_options, CommandFolder) {
    BOOST_TEST(holds(misuse({"listen"}), "--port is required"));
    BOOST_TEST(holds(misuse({"listen", "--port", "0", "--secret", "hidden"}), "--secret: expected whsec_"));
    BOOST_TEST(!holds(misuse({"listen", "--port", "0", "--secret", "hidden"}), "hidden"));
    BOOST_TEST(holds(misuse({"listen", "--port", "0", "--gateway", "8080"}), "the daemon's url"));
    BOOST_TEST(holds(misuse({"listen", "--port", "0", "--answer", "100"}), "200 to 599"));
    BOOST_TEST(holds(misuse({"listen", "--port", "0", "--address", "here"}), "expected an IP address"));
    const ClosedPort taken;
    const auto port = std::to_string(taken.port());
    BOOST_TEST(holds(fail({"listen", "--port", port}), "cannot listen on 127.0.0.1 port " + port));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
