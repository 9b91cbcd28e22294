// The page at /docs, which shows the API document to people. Its sources are the files beside this one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// HTML with its style and its script in it. The script gets openapi.json from where the page is and shows
/// it; nothing else is loaded, asked for or kept.
std::string documentation_page();

/// A header that comes with a page.
struct PageHeader {
    std::string_view name;
    std::string_view value;
    std::string_view description;
};

/// What tells browsers to run the page's own script and to load the document, and nothing else. Called from
/// any thread.
std::span<const PageHeader> page_headers();

}  // namespace gateway
