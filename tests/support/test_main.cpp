#define BOOST_TEST_MODULE session_gateway
#include <boost/test/unit_test.hpp>
