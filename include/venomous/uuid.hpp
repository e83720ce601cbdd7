#pragma once

#include <caf/expected.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace venomous {

/// Python's `uuid.UUID`.
struct uuid {
  /// In the order of RFC 4122.
  std::array<std::byte, 16> bytes{};

  /// Reads 32 hexadecimal digits, either with hyphens, as in the result of
  /// `to_string`, or without.
  /// @returns `errc::undecodable` if `text` is not a UUID.
  static caf::expected<uuid> parse(std::string_view text);

  auto operator<=>(const uuid&) const = default;
};

/// Returns for example "12345678-1234-5678-1234-567812345678".
/// @relates uuid
std::string to_string(const uuid& x);

} // namespace venomous
