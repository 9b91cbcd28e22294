#include "storage/values/thread_name.hpp"

#include "tests/support/command_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <unistd.h>

namespace gateway {

BOOST_AUTO_TEST_SUITE(thread_name_test)

BOOST_AUTO_TEST_CASE(a_thread_goes_by_its_name) {
    std::string name;
    std::thread([&name] {
        name_this_thread("key maker");
        name = test::content_of("/proc/self/task/" + std::to_string(::gettid()) + "/comm");
    }).join();
    BOOST_TEST(name == "key maker\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
