// What the operations on scopes do, each in a transaction of its own, without a server.

#include "server/api/scopes.hpp"
#include "tests/unit/user_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace gateway::api {

namespace {

using storage::Snapshot;
using Scopes = std::vector<std::string>;

struct Fixture : test::UserFixture {
    Result<ScopesResponse> add(const std::string& scope, const std::string& to_app = app) {
        return change<add_scope>(ScopeRequest{to_app, {scope}});
    }

    Result<ScopesResponse> remove(const std::string& scope) {
        return change<remove_scope>(ScopeRequest{app, {scope}});
    }

    Scopes listed(const std::string& of_app = app) {
        return read([&](Snapshot& snapshot) { return list_scopes(snapshot, AppRequest{of_app}); })
            .value()
            .scopes;
    }

    Result<SuccessResponse> give(const std::string& user, const std::string& scope) {
        return change<add_user_scope>(UserScopeRequest{app, user, {scope}});
    }

    Result<SuccessResponse> take(const std::string& user, const std::string& scope) {
        return change<remove_user_scope>(UserScopeRequest{app, user, {scope}});
    }

    User get(const std::string& id) {
        return read([&](Snapshot& snapshot) { return get_user(snapshot, {app, id}); }).value().user;
    }

    static std::string fault(const std::string& scope) {
        const auto parsed = Wire<Scope>::parse("scope", scope);
        return parsed.has_error() ? parsed.error().message : "";
    }
};

template <class T>
ErrorCode code(const Result<T>& result) {
    return result.error().code;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scope_operations_test, Fixture)

BOOST_AUTO_TEST_CASE(scopes_are_kept_in_the_order_of_their_addition) {
    BOOST_TEST((add("write").value().scopes == Scopes{"write"}));
    BOOST_TEST((add("read").value().scopes == Scopes{"write", "read"}));
    BOOST_TEST((listed() == Scopes{"write", "read"}));
    BOOST_TEST((code(add("read")) == ErrorCode::scope_already_exists));
    BOOST_TEST((add("Read").value().scopes == Scopes{"write", "read", "Read"}));
    BOOST_TEST((remove("read").value().scopes == Scopes{"write", "Read"}));
    BOOST_TEST((code(remove("read")) == ErrorCode::scope_not_found));
    BOOST_TEST((add("read").value().scopes == Scopes{"write", "Read", "read"}));
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(scopes_are_their_apps) {
    add("read");
    BOOST_TEST(listed(other_app).empty());
    BOOST_TEST((add("read", other_app).value().scopes == Scopes{"read"}));
    BOOST_TEST(remove("read").has_value());
    BOOST_TEST((listed(other_app) == Scopes{"read"}));
    const auto user = created();
    BOOST_TEST((code(give(user, "read")) == ErrorCode::scope_not_found));
}

BOOST_AUTO_TEST_CASE(an_app_has_so_many_scopes_and_no_more) {
    for (std::size_t i = 0; i < most_scopes; ++i)
        add("s" + std::to_string(i));
    const auto error = add("more").error();
    BOOST_TEST((error.code == ErrorCode::invalid_request));
    BOOST_TEST(error.message == "scope: the app has 250 scopes, as many as it may have.");
    remove("s0");
    BOOST_TEST(add("more").has_value());
}

BOOST_AUTO_TEST_CASE(a_scope_is_a_word) {
    using word = std::string;
    for (const std::string& good :
         {word("a"), word("Az09.-_:"), word(":"), word("prld"), word("PRLD:a"), word(64, 'a')})
        BOOST_TEST(fault(good) == "", good);
    for (const std::string& bad : {word(""), word("a b"), word("a*"), word("ä"), word("a\n"), word(65, 'a')})
        BOOST_TEST(fault(bad).ends_with(", expected a text of 1 to 64 letters, digits and . - _ :."), bad);
    BOOST_TEST(fault("prld:admin") == R"(scope: found "prld:admin", expected one without prld: in front.)");
}

BOOST_AUTO_TEST_CASE(a_user_gets_a_scope_and_loses_it) {
    add("write");
    add("read");
    const auto user = created();
    clock.advance(std::chrono::seconds(1));
    BOOST_TEST(give(user, "read").value().success);
    const auto changed = get(user).updated_at.time;
    BOOST_TEST((changed == clock.now()));
    BOOST_TEST(give(user, "write").has_value());
    BOOST_TEST((get(user).scopes == Scopes{"write", "read"}));

    clock.advance(std::chrono::seconds(1));
    const auto before = get(user).updated_at.time;
    BOOST_TEST(give(user, "read").has_value());
    BOOST_TEST((get(user).updated_at.time == before));
    BOOST_TEST(take(user, "read").has_value());
    BOOST_TEST((get(user).updated_at.time == clock.now()));
    clock.advance(std::chrono::seconds(1));
    BOOST_TEST(take(user, "read").value().success);
    BOOST_TEST((get(user).updated_at.time < clock.now()));
    BOOST_TEST((get(user).scopes == Scopes{"write"}));
    BOOST_TEST((code(give(user, "none")) == ErrorCode::scope_not_found));
    BOOST_TEST((code(take(user, "none")) == ErrorCode::scope_not_found));
    BOOST_TEST((code(give("usr_nothing", "read")) == ErrorCode::user_not_found));
    BOOST_TEST((code(take("usr_nothing", "read")) == ErrorCode::user_not_found));
    BOOST_TEST(new_events().empty());
}

BOOST_AUTO_TEST_CASE(a_scope_that_was_removed_does_not_come_back_to_those_who_had_it) {
    add("read");
    const auto user = created();
    give(user, "read");
    remove("read");
    BOOST_TEST(get(user).scopes.empty());
    add("read");
    BOOST_TEST(get(user).scopes.empty());
    BOOST_TEST(give(user, "read").has_value());
    BOOST_TEST((get(user).scopes == Scopes{"read"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
