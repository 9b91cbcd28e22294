// A prepared statement, whatever engine runs it, and the query that uses it.
#pragma once

#include "storage/values/timestamp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gateway::storage {

/// SQL text that lives as long as the program (only a constant expression makes one), so that its address can
/// name the prepared statement. Parameters are `?`, in their order.
struct Sql {
    consteval Sql(const char* sql) : text(sql) {}  // NOLINT(google-explicit-constructor): a literal is meant

    const char* text;
};

/// Parts of SQL in one text, for a constant: a list of columns that several statements share is written once.
template <std::size_t... Sizes>
consteval auto sql_text(const char (&... parts)[Sizes]) {
    std::array<char, (Sizes + ...) - sizeof...(Sizes) + 1> text{};
    auto end = text.begin();
    ((end = std::copy_n(parts, Sizes - 1, end)), ...);
    return text;
}

/// Bytes for a column of bytes.
using Blob = std::span<const std::uint8_t>;

/// What an engine makes of a text of SQL. Parameters count from 1, columns from 0. Throws what the engine
/// reports; see Session::translate().
class Statement {
  public:
    Statement() = default;
    virtual ~Statement() = default;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Whether a text is the caller's until the statement is reset, or the statement's own from now on.
    enum class Text { lent, copied };

    virtual void bind_null(int index) = 0;
    virtual void bind_integer(int index, std::int64_t number) = 0;
    virtual void bind_text(int index, std::string_view text, Text text_is) = 0;
    virtual void bind_blob(int index, Blob bytes) = 0;

    /// Goes to the next row; false when there is none. Not to be called again then.
    virtual bool step() = 0;

    /// Ready for the next use, whatever came of the last one.
    virtual void reset() noexcept = 0;

    // The current row. A view is valid until the next step.
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual std::string_view text(int column) const = 0;
    [[nodiscard]] virtual Blob blob(int column) const = 0;
    [[nodiscard]] virtual std::string_view column_name(int column) const = 0;

    /// It changes no row, whatever its parameters.
    [[nodiscard]] virtual bool reads_only() const noexcept = 0;

  private:
    friend class Query;
    bool in_use_ = false;
};

/// A statement while it is in use: bound, stepped, read, and reset when it goes out of scope.
class Query {
  public:
    /// Parameters in the order of their `?`. Text given as an lvalue std::string is not copied and must
    /// outlive the query; everything else is. Throws std::logic_error when the same statement is in use
    /// further up.
    template <class... Args>
    explicit Query(Statement& statement, Args&&... args) : Query(Claim{statement}) {
        [[maybe_unused]] int index = 0;  // NOLINT(misc-const-correctness): not where there are parameters
        (bind(++index, std::forward<Args>(args)), ...);
    }

    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Goes to the next row; false when there is none.
    bool step() { return statement_.step(); }

    // The current row. Columns count from 0. A view is valid until the next step.
    [[nodiscard]] std::string_view text(int column) const { return statement_.text(column); }

    [[nodiscard]] std::int64_t integer(int column) const { return statement_.integer(column); }

    [[nodiscard]] bool boolean(int column) const { return statement_.integer(column) != 0; }

    [[nodiscard]] Blob blob(int column) const { return statement_.blob(column); }

    [[nodiscard]] bool is_null(int column) const { return statement_.is_null(column); }

    /// NULL is nothing. Throws UnreadableValue for text that is not a timestamp.
    [[nodiscard]] std::optional<Timestamp> optional_timestamp(int column) const;
    /// Throws UnreadableValue for NULL too.
    [[nodiscard]] Timestamp timestamp(int column) const;

  private:
    struct Claim {
        Statement& statement;
    };

    /// Apart from the binding, so that a parameter that cannot be bound gives the statement free again.
    explicit Query(Claim claim);

    void bind(int index, const std::string& text) {
        statement_.bind_text(index, text, Statement::Text::lent);
    }

    void bind(int index, std::string& text) { statement_.bind_text(index, text, Statement::Text::lent); }

    void bind(int index, std::string&& text) { statement_.bind_text(index, text, Statement::Text::copied); }

    void bind(int index, std::string_view text) {
        statement_.bind_text(index, text, Statement::Text::copied);
    }

    void bind(int index, const char* text) { bind(index, std::string_view(text)); }

    void bind(int index, Timestamp time) { bind(index, format_timestamp(time)); }

    void bind(int index, Blob bytes) { statement_.bind_blob(index, bytes); }

    void bind(int index, std::nullopt_t) { statement_.bind_null(index); }

    template <class Integer>
        requires std::is_integral_v<Integer>
    void bind(int index, Integer number) {
        statement_.bind_integer(index, static_cast<std::int64_t>(number));
    }

    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, T(*value));  // a copy: the optional may be a temporary
        } else {
            bind(index, std::nullopt);
        }
    }

    Statement& statement_;
};

}  // namespace gateway::storage
