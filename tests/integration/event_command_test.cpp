// The subcommands that publish.

#include "tests/support/command_folder.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

struct Folder : AppFolder {
    static Arguments publish(const Arguments& more) {
        Arguments all{"event", "publish", "--app", "54e9ujn", "--type", "user.deleted"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    [[nodiscard]] std::string ask(const std::string& sql) const {
        return SQLite::Database(database().string(), SQLite::OPEN_READWRITE).execAndGet(sql).getString();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_command_test, Folder)

BOOST_AUTO_TEST_CASE(an_example_can_be_published) {
    const auto example = succeed({"event", "example", "user.deleted"});
    write("payload.json", example);
    const auto id = only_line(succeed(publish({"--payload", "@payload.json", "--id", "c-1"})));
    BOOST_TEST(id.starts_with("evt_"));
    BOOST_TEST(ask("SELECT payload FROM events") + "\n" == example);
    BOOST_TEST(only_line(succeed(publish({"--payload", "-", "--id", "c-1"}), example)) == id);
    BOOST_TEST(holds(fail(publish({"--payload", "-", "--id", "c-1", "--correlation-id", "x"}), example),
                     R"(id: found "c-1", under which)"));
    BOOST_TEST(ask("SELECT count(*) FROM events") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_payload_is_told) {
    BOOST_TEST(holds(fail(publish({"--payload", "-"}), "{}"), "payload.user_id: missing, expected a text."));
    BOOST_TEST(holds(fail(publish({"--payload", "-"}), "{}, \"x\": {}"),
                     "the payload in standard input is not JSON"));
    BOOST_TEST(holds(fail(publish({"--payload", "@none"})), R"(cannot read the payload in the file "none")"));
    BOOST_TEST(holds(misuse(publish({"--payload", "{}"})), "expected @FILE or -"));
    misuse({"event", "example", "user.renamed"});
}

BOOST_AUTO_TEST_CASE(a_disabled_app_and_one_that_is_not_there_publish_nothing) {
    const auto example = succeed({"event", "example", "user.deleted"});
    succeed({"app", "disable-sessions", "54e9ujn"});
    BOOST_TEST(holds(fail(publish({"--payload", "-"}), example), "disabled"));
    fail({"event", "publish", "--app", "zzzzzzz", "--type", "user.deleted", "--payload", "-"}, example);
    BOOST_TEST(ask("SELECT count(*) FROM events") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
