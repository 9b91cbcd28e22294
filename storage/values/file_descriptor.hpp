// A descriptor that closes itself.
#pragma once

#include <unistd.h>
#include <utility>

namespace gateway::storage {

class FileDescriptor {
  public:
    /// Takes the descriptor over; -1 is none.
    explicit FileDescriptor(const int number = -1) noexcept : number_(number) {}

    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;

    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }

    ~FileDescriptor() {
        if (is_open()) ::close(number_);
    }

    [[nodiscard]] int get() const noexcept { return number_; }

    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  private:
    int number_;
};

}  // namespace gateway::storage
