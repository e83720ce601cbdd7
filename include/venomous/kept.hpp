#pragma once

#include "venomous/snake.hpp"
#include "venomous/value.hpp"

#include <string>

namespace venomous {

/// An object that stays in its snake: the result of `venomous.keep(obj)` in
/// C++. Passed to a later call, which runs on that snake, it is the object
/// itself there. The snake releases the object when the last copy of this, and
/// the last value that contains it, is gone.
///
/// Keeping an object protects its snake from the cleaner, but from nothing
/// else. A call whose arguments contain an object of a snake that is gone gets
/// `snake_gone`.
class kept {
public:
  /// Refers to nothing, and travels as None.
  kept() noexcept = default;

  /// Returns whether this refers to an object.
  explicit operator bool() const noexcept {
    return !encoded_.kept().empty();
  }

  /// Returns the number of the snake that has the object, 0 for none.
  snake_id snake() const noexcept;

  /// Returns the name of the object's type, e.g. `package.module.Model`.
  std::string type() const;

  /// Returns whether both refer to the same kept object.
  friend bool operator==(const kept& x, const kept& y) noexcept;

private:
  friend struct codec<kept>;

  /// None, or the object as it travels.
  value encoded_;
};

/// Nothing but a kept object decodes as one.
template <>
struct codec<kept> : detail::kind_codec<detail::kind::kept> {
  static void encode(encoder& out, const kept& x) {
    out.put(x.encoded_);
  }

  static bool decode(decoder& in, kept& result);
};

namespace detail {

template <>
inline constexpr bool is_own<kept> = true;

} // namespace detail

} // namespace venomous
