#include "server/api/call.hpp"

#include <algorithm>
#include <stdexcept>

namespace gateway::api {

const std::string& Call::parameter(const std::string_view name) const {
    const auto found = std::ranges::find(parameters_, name, &PathParameter::name);
    if (found == parameters_.end()) throw std::logic_error("no path parameter " + std::string(name));
    return found->value;
}

bool Call::has_parameter(const std::string_view name) const {
    return std::ranges::find(parameters_, name, &PathParameter::name) != parameters_.end();
}

}  // namespace gateway::api
