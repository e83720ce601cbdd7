#pragma once

#include "venomous/value.hpp"

namespace venomous {

/// An object that C++ cannot inspect: a result that has no twin here, pickled
/// because `pool_options::pickle_fallback` is set. Passed to a later call, on
/// any snake, it is unpickled there. It is immutable, and copies share their
/// memory.
class opaque {
public:
  /// Travels as None.
  opaque() noexcept = default;

  /// Returns whether both have the same pickle. Python may have equal objects
  /// whose pickles differ.
  friend bool operator==(const opaque&, const opaque&) = default;

private:
  friend struct codec<opaque>;

  /// None, or an opaque object as it travels.
  value encoded_;
};

/// Nothing but an opaque object decodes as one.
template <>
struct codec<opaque> : detail::kind_codec<detail::kind::opaque> {
  static void encode(encoder& out, const opaque& x) {
    out.put(x.encoded_);
  }

  static bool decode(decoder& in, opaque& result) {
    detail::item head;
    if (!in.peek(head))
      return false;
    return is_exact(head.kind) ? in.get(result.encoded_)
                               : in.mismatch(name(), head);
  }
};

namespace detail {

template <>
inline constexpr bool is_own<opaque> = true;

} // namespace detail

} // namespace venomous
