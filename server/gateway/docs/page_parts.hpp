// The files of the page at /docs as they are in the source tree, in the binary since its build.
#pragma once

#include <string_view>

namespace gateway {

struct PageParts {
    std::string_view html;    ///< with an empty `<style>` and an empty `<script>`
    std::string_view style;   ///< what belongs into the one
    std::string_view script;  ///< and into the other
};

PageParts embedded_page_parts() noexcept;

}  // namespace gateway
