// The names under which `top -H`, `ps -L` and debuggers show the threads.
#pragma once

#include <cstddef>
#include <pthread.h>

namespace gateway {

/// Names the calling thread; 15 characters at most, which is what Linux keeps.
template <std::size_t size>
void name_this_thread(const char (&name)[size]) noexcept {
    static_assert(size <= 16);
    ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace gateway
