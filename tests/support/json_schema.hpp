// Checks a JSON value against a JSON Schema, as far as the API's contract uses it.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace gateway::test {

/// What is wrong with `value`, with the path to it; empty when it fits. Knows `type`, `properties`,
/// `required`, `enum`, `const`, `items`, `minItems`, `maxItems`, `maxProperties`, `propertyNames`,
/// `additionalProperties` (where it stands alone), `minLength`, `maxLength`, `pattern`, `format`
/// (`date-time`, `uri`), `oneOf`, `anyOf`, `false` for a property and `$ref` to one of `definitions`, an
/// object of named schemas; passes over `description` and `examples`. Throws std::runtime_error for a keyword
/// it does not know, so that none is passed over in silence.
std::string schema_fault(const boost::json::value& value, const boost::json::object& schema,
                         const boost::json::object& definitions);

}  // namespace gateway::test
