#include "venomous/uuid.hpp"

#include "venomous/error.hpp"

#include <charconv>

namespace venomous {

namespace {

/// Digits between hyphens.
constexpr size_t groups[] = {8, 4, 4, 4, 12};

/// Returns the digits of `text`, nothing if it is not a UUID.
std::string digits_of(std::string_view text) {
  if (text.size() == 32)
    return std::string{text};
  std::string result;
  for (auto size : groups) {
    if (!result.empty() && (text.empty() || text.front() != '-'))
      return {};
    text.remove_prefix(result.empty() ? 0 : 1);
    if (text.size() < size)
      return {};
    result += text.substr(0, size);
    text.remove_prefix(size);
  }
  return text.empty() ? result : std::string{};
}

} // namespace

caf::expected<uuid> uuid::parse(std::string_view text) {
  auto digits = digits_of(text);
  auto ok = !digits.empty();
  uuid result;
  for (size_t i = 0; ok && i < result.bytes.size(); ++i) {
    uint8_t byte = 0;
    auto* first = digits.data() + 2 * i;
    auto [last, error] = std::from_chars(first, first + 2, byte, 16);
    ok = error == std::errc{} && last == first + 2;
    result.bytes[i] = std::byte{byte};
  }
  if (ok)
    return result;
  return caf::make_error(errc::undecodable, "no UUID: " + std::string{text});
}

std::string to_string(const uuid& x) {
  constexpr auto* hex = "0123456789abcdef";
  std::string result;
  for (auto byte : x.bytes) {
    auto bits = std::to_integer<unsigned>(byte);
    result += {hex[bits / 16], hex[bits % 16]};
  }
  for (auto at : {20, 16, 12, 8})
    result.insert(static_cast<size_t>(at), "-");
  return result;
}

} // namespace venomous
