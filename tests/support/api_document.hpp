// The served API document as the judge of what the server answers.
#pragma once

#include <stdexcept>
#include <string>

namespace gateway::test {

struct Answer;

/// What a client asked for, as far as its bytes can be read.
struct Asked {
    std::string method;     ///< empty where the bytes do not come that far
    std::string target;     ///< as it stands in the request line
    bool readable = false;  ///< whether they begin a request of HTTP/1.x, of which the body may be missing
};

/// Thrown for an answer that is not as the document says.
struct UndocumentedAnswer : std::logic_error {
    using std::logic_error::logic_error;
};

/// Checks status, headers, media type and body of an answer against the document of this very build. Throws
/// UndocumentedAnswer. Any thread.
void check_documented(const Asked& asked, const Answer& answer);

}  // namespace gateway::test
