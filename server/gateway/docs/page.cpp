#include "server/gateway/docs/page.hpp"

#include "server/gateway/docs/page_parts.hpp"
#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"

#include <array>
#include <stdexcept>

namespace gateway {

namespace {

void insert_behind(std::string& page, const std::string_view tag, const std::string_view content) {
    const auto place = page.find(tag);
    if (place == std::string::npos) throw std::logic_error("the page has no " + std::string(tag));
    page.insert(place + tag.size(), content);
}

/// What a Content-Security-Policy calls an element with this content.
std::string source_of(const std::string_view content) {
    return "'sha256-" + base64_encode(sha256(content)) + "'";
}

std::string security_policy() {
    const auto parts = embedded_page_parts();
    // No text becomes markup, whatever the script does: that is what trusted types are for.
    return "default-src 'none'; style-src " + source_of(parts.style) + "; script-src " +
           source_of(parts.script) +
           "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
}

}  // namespace

std::string documentation_page() {
    const auto parts = embedded_page_parts();
    std::string page(parts.html);
    insert_behind(page, "<style>", parts.style);
    insert_behind(page, "<script>", parts.script);
    return page;
}

std::span<const PageHeader> page_headers() {
    static const std::string policy = security_policy();
    static const std::array headers{
        PageHeader{"Content-Security-Policy", policy, "What the page may load, run and send to whom."},
        PageHeader{"Referrer-Policy", "no-referrer", "Nobody is told who links to them."},
        PageHeader{"X-Content-Type-Options", "nosniff", "The page is what its type says."},
    };
    return headers;
}

}  // namespace gateway
