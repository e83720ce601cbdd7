#pragma once

#include <string_view>
#include <type_traits>

namespace venomous {

/// Finds an enumerator by its number.
/// @param first, last those that there are.
/// @param x Left alone if there is none.
/// @returns whether there is one.
template <class Enum>
bool find_enumerator(std::underlying_type_t<Enum> number, Enum first, Enum last,
                     Enum& x) {
  auto candidate = static_cast<Enum>(number);
  if (candidate < first || candidate > last)
    return false;
  x = candidate;
  return true;
}

/// Finds an enumerator by its name, likewise.
template <class Enum>
bool find_enumerator(std::string_view name, Enum first, Enum last, Enum& x) {
  for (auto i = first; i <= last;
       i = static_cast<Enum>(static_cast<int>(i) + 1)) {
    if (to_string(i) == name) {
      x = i;
      return true;
    }
  }
  return false;
}

} // namespace venomous
