#pragma once

#include <cstdint>

namespace venomous {

/// MessagePack extension types of values on the wire. Those of the second half
/// have one array as payload, which may contain anything.
enum class ext_type : int8_t {
  // -- bytes ------------------------------------------------------------------

  /// An int beyond 64 bits: two's complement, big-endian, as short as possible.
  integer = 1,
  complex = 5,
  bytearray = 6,
  date = 8,
  time = 9,
  datetime = 10,
  timedelta = 11,
  decimal = 12,
  uuid = 13,
  path = 14,
  array = 17,
  /// An array whose elements are an attachment.
  attached_array = 21,
  kept = 19,
  opaque = 20,

  // -- one array --------------------------------------------------------------

  tuple = 2,
  set = 3,
  frozenset = 4,
  range = 7,
  enumeration = 15,
  named_tuple = 16,
  /// A tag, and the encoded form by the codec registered for it.
  tagged = 18,
};

} // namespace venomous
