#pragma once

#include <string_view>
#include <type_traits>

namespace venomous {

/// The enumerators of an enum, which have consecutive numbers.
template <class Enum>
struct enumerators {
  using number = std::underlying_type_t<Enum>;

  /// Finds the enumerator with that number.
  /// @param x Left unchanged if there is none.
  /// @returns whether there is one.
  bool find(number n, Enum& x) const {
    auto candidate = static_cast<Enum>(n);
    if (candidate < first || candidate > last)
      return false;
    x = candidate;
    return true;
  }

  /// Finds the enumerator with that name, likewise.
  bool find(std::string_view name, Enum& x) const {
    for (int i = static_cast<number>(first); i <= static_cast<number>(last);
         ++i) {
      auto candidate = static_cast<Enum>(i);
      if (to_string(candidate) == name) {
        x = candidate;
        return true;
      }
    }
    return false;
  }

  Enum first;
  Enum last;
};

} // namespace venomous
