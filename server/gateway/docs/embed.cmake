# Writes OUTPUT, a C++ file that holds the parts of the page in DIRECTORY:  cmake -DDIRECTORY=… -DOUTPUT=… -P embed.cmake
file(READ "${DIRECTORY}/page.html" html)
file(READ "${DIRECTORY}/page.css" style)
set(script "")
foreach(name IN ITEMS schema samples page)
    file(READ "${DIRECTORY}/${name}.js" part)
    string(APPEND script "${part}")
endforeach()

file(WRITE "${OUTPUT}.new" "// Made by server/gateway/docs/embed.cmake from the files there.
#include \"server/gateway/docs/page_parts.hpp\"

namespace gateway {

PageParts embedded_page_parts() noexcept {
    return {R\"__html__(${html})__html__\",
            R\"__css__(${style})__css__\",
            R\"__js__(${script})__js__\"};
}

}  // namespace gateway
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
