#include "server/gateway/connect/gzip.hpp"

#include "server/gateway/request_reader.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <zlib.h>

namespace gateway::connect {

namespace {

constexpr int gzip_window = 15 + 16;  // the largest window, and gzip's header

struct End {
    void operator()(z_stream* const stream) const noexcept { inflateEnd(stream); }
};

}  // namespace

Result<std::string> gunzip(const std::string_view compressed, const std::size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
    const std::unique_ptr<z_stream, End> end(&stream);
    // It reads from there only.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));  // NOLINT(*-cast)
    stream.avail_in = static_cast<uInt>(compressed.size());

    std::string out;
    int state = Z_OK;
    while (state == Z_OK) {
        constexpr std::size_t piece = 16 * 1024;
        const auto before = out.size();
        out.resize(std::min(before + piece, limit + 1));
        const auto room = out.size() - before;
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);  // NOLINT(*-reinterpret-cast)
        stream.avail_out = static_cast<uInt>(room);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(before + room - stream.avail_out);
        if (out.size() > limit) return body_too_large(limit);
    }
    if (state == Z_STREAM_END && stream.avail_in == 0) return out;
    return ApiError{ErrorCode::invalid_request,
                    "body: found what gzip does not open, expected one gzip file."};
}

}  // namespace gateway::connect
