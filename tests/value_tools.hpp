#pragma once

#include "venomous/value.hpp"

#include "tests/catch.hpp"

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// What the tests of values and their codecs have in common.

namespace venomous::test {

inline bytes to_bytes(std::string_view text) {
  auto first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

inline std::string encoded(const value& x) {
  return {x.bytes().begin(), x.bytes().end()};
}

template <class T>
T round_trip(const T& x) {
  auto result = value{x}.as<T>();
  if (!result)
    FAIL(describe(result.error()));
  return *result;
}

/// Returns why `x` is no `T`.
template <class T>
std::string why_not(const value& x) {
  auto result = x.as<T>();
  if (result)
    return "it is one";
  REQUIRE(code_of(result.error()) == errc::undecodable);
  return *compat::error_context<std::string>(result.error());
}

inline std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

/// One of everything.
inline value everything() {
  using dict = std::map<std::string, value>;
  return std::vector<value>{
    nullptr,
    true,
    1,
    -1,
    300,
    -70'000,
    1l << 40,
    1.5,
    "text",
    repeat("long", 100),
    to_bytes("data"),
    std::pair{1, std::pair{2, 3}},
    dict{{"a", 1}, {"b", std::vector{1, 2}}},
    std::vector<int>(20),
    *big_integer::parse("123456789012345678901234567890"),
    std::numeric_limits<uint64_t>::max(),
    std::vector<int>(70'000)};
}

} // namespace venomous::test
