#pragma once

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace venomous {

/// Python's `decimal.Decimal`, with each of its digits: 1.0 and 1.00 differ.
class decimal {
public:
  /// Makes 0.
  decimal() : text_("0") {
    // nop
  }

  /// Reads the syntax of Python's `Decimal`: "1.50", "-1E+3", "Infinity",
  /// "sNaN1".
  /// @returns `errc::undecodable` if `text` is not a number, or beyond Python's
  /// limits.
  static caf::expected<decimal> parse(std::string_view text);

  bool operator==(const decimal&) const = default;

  /// Returns Python's spelling.
  const std::string& text() const noexcept {
    return text_;
  }

private:
  explicit decimal(std::string text) : text_(std::move(text)) {
    // nop
  }

  std::string text_;
};

/// Returns Python's spelling.
/// @relates decimal
inline const std::string& to_string(const decimal& x) {
  return x.text();
}

} // namespace venomous
